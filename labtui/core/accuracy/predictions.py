"""What a variant said of each item, small enough to keep for every run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.evalset import MAX_CLASSES, MAX_ITEMS

NO_CLASS = -1
"""Prediction of an item whose outputs are not finite."""
RANK_LIMIT = 255
"""Ranks beyond are kept as this one."""
CONFIDENCE_UNITS = 10_000
"""Confidences are stored as whole ten-thousandths."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Columns of equal length, one entry for each item in the order of the eval set."""

    predicted: tuple[int, ...]
    """Class with the highest output (the lowest of equals), or NO_CLASS."""
    label_rank: tuple[int, ...]
    """Rank of the true label among the outputs: 1 = it was predicted; at most RANK_LIMIT."""
    confidence: tuple[float, ...]
    """Softmax probability of the predicted class, 0 to 1, in steps of 1 / CONFIDENCE_UNITS."""

    def __post_init__(self) -> None:
        """Raise ValueError for columns of different lengths."""
        if not len(self.predicted) == len(self.label_rank) == len(self.confidence):
            raise ValueError("the columns of the predictions differ in length")

    def __len__(self) -> int:
        return len(self.predicted)

    def is_right(self, item: int) -> bool:
        """Return whether an item's label was predicted."""
        return self.label_rank[item] == 1


def encode_predictions(predictions: Predictions) -> str:
    """Return [predicted, label rank, confidence in ten-thousandths] for each item, as JSON.

    One array of triples: SQL reads it row by row, which three arrays side by side would not allow.
    """
    units = (round(c * CONFIDENCE_UNITS) for c in predictions.confidence)
    items = zip(predictions.predicted, predictions.label_rank, units, strict=True)
    return json.dumps([*items], separators=(",", ":"))


def decode_predictions(content: str) -> Predictions:
    """Read what `encode_predictions` wrote. Raises ValueError for anything else."""
    try:
        items = json.loads(content)
        if type(items) is not list or len(items) > MAX_ITEMS:
            raise ValueError("these are no predictions")
        predicted, label_rank, units = zip(*items, strict=True) if items else ((), (), ())
        _check(predicted, NO_CLASS, MAX_CLASSES - 1)
        _check(label_rank, 1, RANK_LIMIT)
        _check(units, 0, CONFIDENCE_UNITS)
    except (TypeError, RecursionError) as error:
        raise ValueError("these are no predictions") from error
    return Predictions(predicted, label_rank, tuple(unit / CONFIDENCE_UNITS for unit in units))


def _check(values: Sequence[int], low: int, high: int) -> None:
    """Raise ValueError for anything but whole numbers in a range."""
    if {*map(type, values)} - {int} or not low <= min(values, default=low) <= max(
        values, default=low
    ) <= high:
        raise ValueError("predictions that are no whole numbers, or out of range")
