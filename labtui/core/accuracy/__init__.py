"""Accuracy: what scores are, what their intervals mean, and how two variants compare."""

from labtui.core.accuracy.compare import Comparison, Verdict, compare
from labtui.core.accuracy.intervals import Interval, paired_difference, wilson
from labtui.core.accuracy.live import percent, tally_text
from labtui.core.accuracy.mcnemar import mcnemar_p
from labtui.core.accuracy.power import items_needed, visible_difference
from labtui.core.accuracy.predictions import (
    NO_CLASS,
    RANK_LIMIT,
    Predictions,
    decode_predictions,
    encode_predictions,
)
from labtui.core.accuracy.score import Golden, Health, Score, Tally
from labtui.core.accuracy.tables import ClassRow, Mistake, confidently_wrong, per_class

__all__ = [
    "NO_CLASS",
    "RANK_LIMIT",
    "ClassRow",
    "Comparison",
    "Golden",
    "Health",
    "Interval",
    "Mistake",
    "Predictions",
    "Score",
    "Tally",
    "Verdict",
    "compare",
    "confidently_wrong",
    "decode_predictions",
    "encode_predictions",
    "items_needed",
    "mcnemar_p",
    "paired_difference",
    "per_class",
    "percent",
    "tally_text",
    "visible_difference",
    "wilson",
]
