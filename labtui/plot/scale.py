"""The y axis: a robust range on 1-2-5 ticks that does not move without need."""

import math
from collections.abc import Sequence

_NARROWEST = 0.2
"""Least span of the axis as a share of its top: noise shall not look like drama."""
_TOO_WIDE = 2.5
"""The axis shrinks only when it is this many times wider than needed."""


def nice_step(least: float) -> float:
    """Return the smallest 1, 2 or 5 x 10^n that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    for factor in (1.0, 2.0, 5.0):
        if factor * power >= least * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def robust_range(means: Sequence[float], peaks: Sequence[float]) -> tuple[float, float]:
    """Return the (low, high) worth showing: the means, and most peaks if they are not far above.

    Means up to 3 x their median are inside, and 90 % of the peaks up to 2 x the highest mean:
    the line shall never be pressed flat by what is above it.
    """
    ordered = sorted(means)
    top = min(ordered[-1], 3 * ordered[len(ordered) // 2])
    peak = sorted(peaks)[max(0, math.ceil(len(peaks) * 0.9) - 1)]
    high = max(top, min(peak, 2 * top))
    low = ordered[0]
    return (0.0 if low < high / 3 else low), high


def with_limit(low: float, high: float, limit: float) -> tuple[float, float]:
    """Return a range widened to a limit that is near; one far away would press the line flat."""
    if high < limit <= 2 * high:
        return low, limit
    return (limit, high) if low / 2 <= limit < low else (low, high)


class YScale:
    """A range in data units that ends on ticks."""

    def __init__(self) -> None:
        self.low = 0.0
        self.high = 0.0
        self.step = 1.0

    def fit(self, low: float, high: float, ticks: int) -> bool:
        """Move only if the range does not fit or is far too wide; return whether it moved."""
        high = max(high, 1e-6)
        low = min(low, high * (1 - _NARROWEST))
        step = nice_step((high - low) / max(ticks, 1))
        nice_low = max(0.0, math.floor(low / step + 1e-9) * step)
        nice_high = math.ceil(high / step - 1e-9) * step
        is_inside = self.low <= low and high <= self.high
        if is_inside and self.high - self.low <= _TOO_WIDE * (nice_high - nice_low):
            return False
        self.low, self.high, self.step = nice_low, nice_high, step
        return True

    def row(self, value: float, rows: int) -> int:
        """Return the dot row of a value, 0 = top; -1 above the range, the last row below it."""
        if value > self.high:
            return -1
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return rows - 1 - max(0, round(share * (rows - 1)))

    def ticks(self) -> list[float]:
        """Return the tick values, ascending."""
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def label(self, value: float) -> str:
        """Return a tick's text, at most 5 characters."""
        if value >= 10_000:
            return f"{value / 1000:.0f}k"
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return f"{value:.{min(decimals, 3)}f}"
