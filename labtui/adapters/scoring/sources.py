"""Labelled inputs as others keep them: what an eval set is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from labtui.adapters.scoring.arrays import Array, NpyHeader, read_array
from labtui.core.evalset import (
    INPUTS,
    LABELS,
    MAX_AXES,
    MAX_CLASSES,
    MAX_ITEMS,
    MAX_MANIFEST_BYTES,
)
from labtui.core.protocol import Layout
from labtui.core.text import clean
from labtui.errors import UsageError
from labtui.hostrunner.npy import ELEMENT_TYPES, BadNpy


class Unreadable(ValueError):
    """One item of a source cannot be used; the others can."""


@dataclass(frozen=True, slots=True)
class Described:
    """What all items of a source share."""

    shape: tuple[int, ...]
    dtype: str
    layout: Layout
    classes: int
    label_names: tuple[str, ...]
    preparation: str


class Source(Protocol):
    """Labelled items in a fixed order."""

    @property
    def described(self) -> Described:
        """What all items share."""
        ...

    @property
    def labels(self) -> Sequence[int]:
        """The class of each item."""
        ...

    def name(self, index: int) -> str:
        """Return what a person calls an item."""
        ...

    def read(self, index: int) -> Array:
        """Return an item. Raises Unreadable."""
        ...


class ArraySource:
    """`x.npy` [items, …] and `y.npy` [items] in one folder."""

    def __init__(self, folder: Path, layout: Layout, label_names: tuple[str, ...]) -> None:
        self._inputs = _mapped(
            folder / INPUTS, _are_inputs, f"{', '.join(sorted(ELEMENT_TYPES))} [items, …]"
        )
        labels = _mapped(folder / LABELS, _are_labels, "whole numbers [items]")
        if len(labels) != len(self._inputs):
            raise UsageError(
                f"{INPUTS} has {len(self._inputs)} items and {LABELS} {len(labels)}: "
                "they must be as many."
            )
        self.labels: Sequence[int] = labels.tolist()
        self.described = Described(
            shape=self._inputs.shape[1:],
            dtype=self._inputs.dtype.name,
            layout=layout,
            classes=_classes(self.labels, label_names),
            label_names=label_names,
            preparation="taken from arrays as they were",
        )

    def name(self, index: int) -> str:
        """Return the number of the item."""
        return f"item {index}"

    def read(self, index: int) -> Array:
        """Return the item as it is. Raises Unreadable for numbers that are not finite."""
        item: Array = self._inputs[index]
        if item.dtype.kind == "f" and not np.isfinite(item).all():
            raise Unreadable("it holds numbers that are not finite")
        return item


def read_label_names(path: Path) -> tuple[str, ...]:
    """Return the names of classes from a text file, one a line. Raises UsageError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
        lines = data.decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as text: {error}.") from error
    if len(data) > MAX_MANIFEST_BYTES or not 2 <= len(lines) <= MAX_CLASSES:
        raise UsageError(f"{path} must name 2 to {MAX_CLASSES} classes, one a line.")
    return tuple(clean(line.strip(), 80) for line in lines)


def _mapped(path: Path, accepts: Callable[[NpyHeader], bool], expected: str) -> Array:
    try:
        return read_array(path, accepts, expected)
    except (OSError, BadNpy) as error:
        raise UsageError(f"{path} cannot be used: {error}.") from error


def _are_inputs(header: NpyHeader) -> bool:
    has_items = 0 < header.shape[0] <= MAX_ITEMS and 1 < len(header.shape) <= MAX_AXES + 1
    return has_items and min(header.shape) > 0 and header.dtype.name in ELEMENT_TYPES


def _are_labels(header: NpyHeader) -> bool:
    return len(header.shape) == 1 and header.shape[0] > 0 and header.dtype.kind in "iu"


def _classes(labels: Sequence[int], label_names: tuple[str, ...]) -> int:
    """Return how many classes there are: as many as names, or as the highest label tells."""
    classes = len(label_names) or max(2, max(labels) + 1)
    if min(labels) < 0 or not max(labels) < classes <= MAX_CLASSES:
        raise UsageError(
            f"{LABELS} has labels from {min(labels)} to {max(labels)}, but there are {classes} "
            f"classes (at most {MAX_CLASSES}): labels count from 0."
        )
    return classes
