"""Scores of a block of items at once: predicted class, rank of the label, confidence."""

from dataclasses import dataclass

import numpy as np

from labtui.adapters.scoring.arrays import Array
from labtui.core.accuracy import NO_CLASS, RANK_LIMIT

_SUM_TOLERANCE = 0.1
"""Probabilities that were rounded to int8 do not quite add up to 1."""


@dataclass(frozen=True, slots=True)
class ScoredRows:
    """One entry for each row."""

    predicted: Array
    label_rank: Array
    confidence: Array


def score_rows(rows: Array, labels: Array) -> ScoredRows:
    """Score outputs [items, classes] against labels [items]."""
    values = rows.astype(np.result_type(rows.dtype, np.float32), copy=False)
    with np.errstate(all="ignore"):  # rows that are not finite are sorted out below
        high, low = values.max(axis=1), values.min(axis=1)
        is_finite = np.isfinite(high) & np.isfinite(low)
        confidence = _confidence(values, high, low)
        rank = _label_rank(values, labels)
    return ScoredRows(
        predicted=np.where(is_finite, values.argmax(axis=1), NO_CLASS),
        label_rank=np.where(is_finite, np.minimum(rank, RANK_LIMIT), RANK_LIMIT),
        confidence=np.where(is_finite, confidence, 0.0),
    )


def _label_rank(values: Array, labels: Array) -> Array:
    """Return 1 + the number of classes in front of the label; of equals, the lower one leads."""
    own = values[np.arange(len(values)), labels][:, None]
    rank: Array = 1 + np.count_nonzero(values > own, axis=1)
    tied = np.flatnonzero(np.count_nonzero(values == own, axis=1) > 1)
    is_before = np.arange(values.shape[1]) < labels[tied, None]
    rank[tied] += np.count_nonzero((values[tied] == own[tied]) & is_before, axis=1)
    return rank


def _confidence(values: Array, high: Array, low: Array) -> Array:
    """Return the softmax probability of the highest output.

    Rows that are probabilities already (none below 0, sum of 1) are taken as they are.
    """
    confidence: Array = 1.0 / np.exp(values - high[:, None]).sum(axis=1)
    shares = np.flatnonzero((low >= 0) & (high <= 1))
    shares = shares[abs(values[shares].sum(axis=1) - 1) <= _SUM_TOLERANCE]
    confidence[shares] = high[shares]
    return confidence
