"""Renews the folder of variants that come with labtui, from what a build has made."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from scripts.zoo_models.demo_readme import readme
from scripts.zoo_models.files import content_digest, remove, size_bytes
from scripts.zoo_models.matrix import Cell, cells, choose_models, choose_recipes
from scripts.zoo_models.merge import merge_eval_sets
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.paper import paper_path
from scripts.zoo_models.recipes import load_models, load_recipes

FOLDER = Path(__file__).resolve().parents[2] / "labtui" / "demodata"
EVAL_SET = "pairs100"
MAX_BYTES = 6_000_000

CHOICE = {
    "pairs_mbv2": "tflite/fp32,tflite/fp16,tflite/dyn8,tflite/full8,coreml/fp16,coreml/lin8",
    "pairs_vit": "tflite/fp32,tflite/fp16,tflite/dyn8,tflite/full8,coreml/lin8",
    "pairs_mvit": "tflite/full8,tflite/full8_1item,coreml/fp16,coreml/pal4",
}
"""What is shipped of each net: as much as fits, naive recipes beside good ones."""


def matrix() -> tuple[Cell, ...]:
    """Return the cells of the choice, net by net."""
    models, recipes = load_models(), load_recipes()
    return tuple(
        cell
        for name, patterns in CHOICE.items()
        for cell in cells(choose_models(models, name), choose_recipes(recipes, patterns))
    )


def problems(found: Sequence[Outcome], out: Path) -> list[str]:
    """Return why the made files must not be shipped."""
    faults = [f"{each.variant}: {each.state}" for each in found if each.state is not State.MADE]
    if faults:
        return faults
    papers = [paper_path(out / cell.file_name) for cell in matrix()]
    parts = [out / matrix()[0].eval_set_name, *papers]
    size = sum(map(size_bytes, parts)) + sum(each.size_bytes for each in found)
    if size > MAX_BYTES:
        faults.append(f"{size:,} bytes in all; at most {MAX_BYTES:,} are shipped")
    return faults


def install(found: Sequence[Outcome], out: Path, folder: Path) -> None:
    """Bring `folder` to what was made; a variant of the same content is left untouched."""
    variants = folder / "variants"
    variants.mkdir(parents=True, exist_ok=True)
    files = [out / cell.file_name for cell in matrix()]
    wanted = {path.name for path in (*files, *map(paper_path, files))}
    for entry in variants.iterdir():
        if entry.name not in wanted:
            remove(entry)
    for path in files:
        _renew(path, variants / path.name)
        shutil.copy(paper_path(path), variants)
    eval_sets = [out / name for name in dict.fromkeys(cell.eval_set_name for cell in matrix())]
    merge_eval_sets(eval_sets, folder / EVAL_SET, EVAL_SET)
    (folder / "README.md").write_text(readme(found, [_paper(path) for path in files], folder))


def _renew(source: Path, target: Path) -> None:
    if target.exists() and content_digest(source) == content_digest(target):
        return
    remove(target)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _paper(path: Path) -> dict[str, object]:
    record: dict[str, object] = json.loads(paper_path(path).read_text())
    return record
