"""Makes an eval set's folder; it is there as a whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labtui.adapters.scoring.arrays import Array, read_array
from labtui.adapters.scoring.choice import balanced
from labtui.adapters.scoring.sources import Described, Source, Unreadable
from labtui.adapters.scoring.writer import ItemWriter
from labtui.core.evalset import (
    INPUTS,
    LABELS,
    MANIFEST,
    MAX_GOLDEN_ITEMS,
    REFERENCES,
    EvalFile,
    EvalSet,
    GoldenItems,
    Task,
    manifest_text,
)
from labtui.core.protocol import Normalise
from labtui.errors import UsageError
from labtui.hostrunner.npy import BadNpy

OnItem = Callable[[int, int], None]
"""Called with (items done, items chosen)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shall be made of a source."""

    name: str
    normalise: Normalise | None
    limit: int | None = None
    seed: int = 0
    golden: tuple[tuple[str, Path], ...] = ()
    """Model, and the file with its reference outputs of the first items: float32 [n, classes]."""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that is not in the set."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    eval_set: EvalSet
    skipped: tuple[Skipped, ...]


def make_eval_set(
    source: Source, recipe: Recipe, out: Path, on_item: OnItem, *, replace: bool = False
) -> Made:
    """Write the set to the folder `out`. Raises UsageError.

    A folder that is there stays as it is, unless it is an eval set that is to be replaced.
    """
    _check_free(out, replace=replace)
    try:
        with _arriving(out) as folder:
            items = _write_items(source, recipe, folder, on_item)
            golden = _write_golden(source, recipe, folder, items.count)
            eval_set = _eval_set(source.described, recipe, items, golden)
            (folder / MANIFEST).write_text(manifest_text(eval_set), "utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}.") from error
    return Made(eval_set, items.skipped)


@dataclass(frozen=True, slots=True)
class _Items:
    """What was written of the items."""

    inputs: EvalFile
    labels: EvalFile
    count: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _References:
    """What was written of the reference outputs; nothing when none were given."""

    items: GoldenItems | None = None
    file: EvalFile | None = None


def _eval_set(described: Described, recipe: Recipe, items: _Items, golden: _References) -> EvalSet:
    return EvalSet(
        name=recipe.name,
        task=Task.CLASSIFICATION,
        count=items.count,
        classes=described.classes,
        shape=described.shape,
        dtype=described.dtype,
        layout=described.layout,
        normalise=recipe.normalise,
        label_names=described.label_names,
        golden=golden.items,
        source=recipe.source,
        licence=recipe.licence,
        inputs=items.inputs,
        labels=items.labels,
        references=golden.file,
        preparation=described.preparation,
    )


def _check_free(out: Path, *, replace: bool) -> None:
    if not out.exists():
        return
    if not replace:
        raise UsageError(f"{out} is there already: choose another --out, or add --replace.")
    if not (out / MANIFEST).is_file():
        raise UsageError(f"{out} is no eval set, so it is not replaced: choose another --out.")


@contextmanager
def _arriving(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` that takes its place when all went well, and goes otherwise."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        yield part
        _take_place(part, out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _take_place(part: Path, out: Path) -> None:
    """Rename; what was there is deleted only when the new one is in its place."""
    if not out.exists():
        part.rename(out)
        return
    old = part.with_suffix(".old")
    out.rename(old)
    part.rename(out)
    shutil.rmtree(old)


def _write_items(source: Source, recipe: Recipe, folder: Path, on_item: OnItem) -> _Items:
    described = source.described
    chosen = balanced(source.labels, recipe.limit, recipe.seed)
    skipped: list[Skipped] = []
    with (
        ItemWriter(folder / INPUTS, described.shape, np.dtype(described.dtype)) as inputs,
        ItemWriter(folder / LABELS, (), np.dtype(np.int32)) as labels,
    ):
        for done, index in enumerate(chosen):
            try:
                inputs.append(source.read(index))
                labels.append(np.array(source.labels[index]))
            except Unreadable as error:
                skipped.append(Skipped(source.name(index), str(error)))
            on_item(done + 1, len(chosen))
        if not inputs.count:
            raise UsageError(f"None of {len(chosen)} items can be used: {skipped[0].reason}.")
        return _Items(inputs.finish(), labels.finish(), inputs.count, tuple(skipped))


def _write_golden(source: Source, recipe: Recipe, folder: Path, count: int) -> _References:
    if not recipe.golden:
        return _References()
    classes = source.described.classes
    blocks = [_reference(path, count, classes) for _, path in recipe.golden]
    items = len(blocks[0])
    if any(len(block) != items for block in blocks):
        raise UsageError("The golden outputs of all models must be of as many items.")
    with ItemWriter(folder / REFERENCES, (items, classes), np.dtype(np.float32)) as writer:
        for block in blocks:
            writer.append(block)
        models = tuple(model for model, _ in recipe.golden)
        return _References(GoldenItems(models, tuple(range(items))), writer.finish())


def _reference(path: Path, count: int, classes: int) -> Array:
    most = min(count, MAX_GOLDEN_ITEMS)
    try:
        block = read_array(
            path,
            lambda h: (
                len(h.shape) == 2
                and 0 < h.shape[0] <= most
                and h.shape[1] == classes
                and h.dtype == np.float32
            ),
            f"float32 [1 to {most} items, {classes} classes]",
        )
    except (OSError, BadNpy) as error:
        raise UsageError(f"{path} holds no golden outputs: {error}.") from error
    if not np.isfinite(block).all():
        raise UsageError(f"{path} holds numbers that are not finite.")
    return block
