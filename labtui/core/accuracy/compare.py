"""Two variants on the same items: whether one is more accurate."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.core.accuracy.intervals import CONFIDENCE, Interval, paired_difference
from labtui.core.accuracy.mcnemar import mcnemar_p
from labtui.core.accuracy.power import items_needed
from labtui.core.accuracy.predictions import Predictions

DEFAULT_MARGIN = 0.005
"""Differences of accuracy below half a point do not matter, unless asked otherwise."""


class Verdict(StrEnum):
    """What a comparison says of b against a."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    """The difference lies within the margin."""
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Variant b against variant a (the reference), item by item."""

    both: int
    """Items that both got right."""
    neither: int
    lost: tuple[int, ...]
    """Items that only a got right."""
    gained: tuple[int, ...]
    """Items that only b got right."""
    agree: int
    """Items for which both predicted the same class, right or wrong."""
    margin: float
    interval: Interval
    """Of the difference of accuracies, b - a."""
    p_value: float
    """Exact McNemar, two-sided."""

    @property
    def items(self) -> int:
        """How many items were compared."""
        return self.both + self.neither + len(self.lost) + len(self.gained)

    @property
    def difference(self) -> float:
        """Accuracy of b - accuracy of a, as a share of 1."""
        return (len(self.gained) - len(self.lost)) / self.items

    @property
    def agreement(self) -> float:
        """Share of items with the same predicted class."""
        return self.agree / self.items

    @property
    def verdict(self) -> Verdict:
        """SAME where the whole interval lies within the margin, whatever the test finds."""
        if -self.margin <= self.interval.low and self.interval.high <= self.margin:
            return Verdict.SAME
        if self.p_value < 1 - CONFIDENCE and not self.interval.contains(0.0):
            return Verdict.BETTER if self.difference > 0 else Verdict.WORSE
        return Verdict.CANNOT_TELL

    @property
    def more_items(self) -> int | None:
        """How many further items would probably decide; None when the verdict is there.

        The smaller of two designs at the difference and discordance seen here, with 80 % power:
        to tell the difference from zero, or to tell it from the margin's nearer border.
        """
        if self.verdict is not Verdict.CANNOT_TELL:
            return None
        gap = abs(self.difference)
        clearest = max(gap, self.margin - gap)
        return max(1, items_needed(clearest, self._discordant) - self.items)

    @property
    def _discordant(self) -> float:
        """Share of discordant items; with one of each added, since none seen is not none."""
        return (len(self.lost) + len(self.gained) + 2) / (self.items + 2)


def compare(a: Predictions, b: Predictions, margin: float = DEFAULT_MARGIN) -> Comparison:
    """Compare the predictions of two variants for the same items.

    Raises ValueError when there are none, or not as many of both.
    """
    if len(a) != len(b) or not len(a):
        raise ValueError(f"predictions of {len(a)} and {len(b)} items cannot be compared")
    lost = tuple(i for i in range(len(a)) if a.is_right(i) and not b.is_right(i))
    gained = tuple(i for i in range(len(a)) if b.is_right(i) and not a.is_right(i))
    both = a.label_rank.count(1) - len(lost)
    neither = len(a) - both - len(lost) - len(gained)
    agree = sum(x == y for x, y in zip(a.predicted, b.predicted, strict=True))
    interval = paired_difference(both, len(lost), len(gained), neither)
    p_value = mcnemar_p(len(lost), len(gained))
    return Comparison(both, neither, lost, gained, agree, margin, interval, p_value)
