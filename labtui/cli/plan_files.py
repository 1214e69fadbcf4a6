"""Plan files on disk, and presets of one's own: what they say, with paths that hold anywhere."""

from dataclasses import replace
from pathlib import Path

from labtui.core.plan_file import PlanFile, PlanMistakes, merged, parse_plan_file
from labtui.core.plan_file.parse import MAX_BYTES
from labtui.core.presets import Preset, preset
from labtui.core.text import clean
from labtui.errors import UsageError

SUFFIX = ".toml"
DEFAULT_PRESET = "quick"
DEMO = "demo"
"""Stands for the files that come with labtui, where a path may stand."""


def read_plan_file(path: Path, *, needs_variants: bool = True) -> PlanFile:
    """Return what a plan file says, its paths taken from the folder it lies in.

    Raises PlanMistakes with the file's name, UsageError when it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1).decode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no plan file: it is not UTF-8 text.") from error
    try:
        file = parse_plan_file(text, needs_variants=needs_variants)
    except PlanMistakes as error:
        raise PlanMistakes(error.mistakes, clean(str(path), 400)) from error
    return _placed(file, path.absolute().parent)


def _placed(file: PlanFile, folder: Path) -> PlanFile:
    return replace(
        file,
        variants=tuple(replace(one, file=str(folder / one.file)) for one in file.variants),
        canary=file.canary if file.canary in (None, DEMO) else str(folder / file.canary),
        eval_set=None if file.eval_set is None else str(folder / file.eval_set),
    )


def preset_named(words: str) -> Preset:
    """Return a preset by its name, or the one that `FILE.toml` describes. Raises UsageError."""
    if not words.endswith(SUFFIX):
        return preset(words)
    path = Path(words)
    file = read_plan_file(path, needs_variants=False)
    if file.variants or file.eval_set or file.devices:
        raise UsageError(f"{path} is a whole plan, and no preset: give it to --plan.")
    name = file.name or path.stem
    own = merged(preset(file.preset or DEFAULT_PRESET), file)
    return replace(own, name=name, summary=f"{name}, after {own.name}")
