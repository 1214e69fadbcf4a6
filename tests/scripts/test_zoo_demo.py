"""What is shipped: the choice, its limit, one eval set of several, and a folder brought to it."""

import json
from pathlib import Path

import numpy as np
import pytest

from scripts.zoo_models import demo
from scripts.zoo_models.demo_readme import wilson
from scripts.zoo_models.files import content_digest, size_bytes
from scripts.zoo_models.merge import merge_eval_sets
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.paper import paper_path


def eval_set(folder: Path, name: str, value: float, *, x_digest: str = "x") -> Path:
    made = folder / name
    made.mkdir(parents=True)
    np.save(made / "x.npy", np.zeros((2, 1), np.uint8))
    np.save(made / "y.npy", np.zeros(2, np.int32))
    np.save(made / "golden.npy", np.full((1, 2, 3), value, np.float32))
    files = {part: {"bytes": 1, "sha256": "?"} for part in ("y.npy", "golden.npy")}
    manifest = {
        "name": name,
        "golden": {"models": [name], "items": [0, 1]},
        "files": {"x.npy": {"bytes": 1, "sha256": x_digest}, **files},
    }
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made


def test_golden_outputs_of_several_nets_share_one_set(tmp_path: Path) -> None:
    sources = [eval_set(tmp_path, "a", 1), eval_set(tmp_path, "b", 2)]
    merge_eval_sets(sources, tmp_path / "both", "both")
    manifest = json.loads((tmp_path / "both" / "manifest.json").read_text())
    golden = np.load(tmp_path / "both" / "golden.npy")
    assert ("both", ["a", "b"]) == (manifest["name"], manifest["golden"]["models"])
    assert ((2, 2, 3), 1, 2) == (golden.shape, golden[0, 0, 0], golden[1, 0, 0])
    assert (tmp_path / "both" / "golden.npy").stat().st_size == (
        manifest["files"]["golden.npy"]["bytes"]
    )


def test_sets_of_other_items_are_not_merged(tmp_path: Path) -> None:
    sources = [eval_set(tmp_path, "a", 1), eval_set(tmp_path, "b", 2, x_digest="other")]
    with pytest.raises(ValueError, match="b has other items than a"):
        merge_eval_sets(sources, tmp_path / "both", "both")


def made(out: Path) -> list[Outcome]:
    """Write the smallest thing that could be shipped."""
    found = []
    for model in demo.CHOICE:
        eval_set(out, model, 1).rename(out / f"{model}.evalset")
    for cell in demo.matrix():
        path = out / cell.file_name
        if cell.recipe.format == "coreml":
            path.mkdir(parents=True)
            (path / "Manifest.json").write_text("new at each conversion")
            (path / "weights").write_text(cell.name)
        else:
            path.write_text(cell.name)
        measured = {"items": 4, "top1": 0.5, "agreement": 1, "snr_db": 9, "golden_snr_db": 9}
        source = {"net": cell.model.source, "parameters": 3, "steps": 2, "peak_rate": 0.1}
        paper = {"measured": measured, "source": source, "tools": {"torch": "2"}}
        paper_path(path).write_text(json.dumps(paper))
        found.append(
            Outcome(cell.name, cell.recipe.id, "", State.MADE, size_bytes=size_bytes(path))
        )
    return found


def test_the_folder_holds_what_was_chosen_and_nothing_else(tmp_path: Path) -> None:
    found = made(tmp_path / "out")
    variants = tmp_path / "demodata" / "variants"
    (variants / "old.mlpackage").mkdir(parents=True)
    (variants / "old.tflite").write_text("")
    assert [] == demo.problems(found, tmp_path / "out")
    demo.install(found, tmp_path / "out", tmp_path / "demodata")
    names = [cell.file_name for cell in demo.matrix()]
    expected = {*names, *(paper_path(Path(name)).name for name in names)}
    assert expected == {path.name for path in variants.iterdir()}
    readme = (tmp_path / "demodata" / "README.md").read_text()
    assert "| `pairs_mbv2.fp32` tflite |" in readme
    assert "$" not in readme


def test_a_package_that_only_has_a_new_manifest_is_left_untouched(tmp_path: Path) -> None:
    found = made(tmp_path / "out")
    demo.install(found, tmp_path / "out", tmp_path / "demodata")
    package = "pairs_mbv2.fp16.mlpackage"
    (tmp_path / "out" / package / "Manifest.json").write_text("newer")
    demo.install(found, tmp_path / "out", tmp_path / "demodata")
    kept = tmp_path / "demodata" / "variants" / package
    assert "new at each conversion" == (kept / "Manifest.json").read_text()
    (tmp_path / "out" / package / "weights").write_text("changed")
    demo.install(found, tmp_path / "out", tmp_path / "demodata")
    assert "newer" == (kept / "Manifest.json").read_text()


def test_nothing_is_shipped_that_failed_or_is_too_big(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(tmp_path / "out")
    failed = [*found[1:], Outcome("a.b", "tflite/b", "", State.FAILED)]
    assert ["a.b: failed"] == demo.problems(failed, tmp_path / "out")
    monkeypatch.setattr(demo, "MAX_BYTES", 10)
    (problem,) = demo.problems(found, tmp_path / "out")
    assert problem.endswith("bytes in all; at most 10 are shipped")


def test_a_package_is_known_by_its_contents(tmp_path: Path) -> None:
    for name, manifest, weights in [("a", "1", "w"), ("b", "2", "w"), ("c", "1", "other")]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Manifest.json").write_text(manifest)
        (folder / "weights").write_text(weights)
    digests = [content_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


def test_recipes_of_two_formats_lie_side_by_side() -> None:
    assert Path("n.fp16.recipe.json") == paper_path(Path("n.fp16.tflite"))
    assert Path("n.fp16.mlpackage.recipe.json") == paper_path(Path("n.fp16.mlpackage"))


def test_wilson_interval() -> None:
    # Newcombe, Statistics in Medicine 17:857 (1998), table I, method 3: 81 of 263
    assert [0.2553, 0.3662] == pytest.approx(list(wilson(263, 81 / 263)), abs=1e-4)
