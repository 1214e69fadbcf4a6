"""Whether a launch was ever steady: warm-up, slowing down, jumping between clocks.

Change points of the level of log latency over time, found by PELT (Killick, Fearnhead & Eckley,
2012) with a cost of squared distances to the mean, a penalty of 15 ln n and a shortest segment of
10 s. Outliers are taken out before (running median of three), and shifts below 3 % afterwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from statistics import median

MIN_SEGMENT_S = 10.0
"""Shorter ones are mostly noise: 3 s gave throttling where there was none in 1 of 10 runs."""
MIN_SHIFT = math.log(1.03)
_PENALTY = 15.0
_MOST_BINS = 600
"""A longer series is looked at in wider bins: the search takes time by their square."""
_LAG = 5
_MAD_TO_SD = 1.4826
"""Of a normal distribution."""


class Shape(StrEnum):
    """What a launch's latency does over time."""

    FLAT = "flat"
    WARM_UP = "warm-up"
    """Slower at first, then steady."""
    SLOWDOWN = "slowdown"
    """Steady at last, and slower than it has been: throttling, if the device was getting warm."""
    SEVERAL_SPEEDS = "several speeds"
    """Back and forth between levels, as clocks do."""
    NOT_STEADY = "no steady state"
    """Its level still changed when it ended."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A time over which the level stays."""

    start_s: float
    end_s: float
    level: float
    """Median of ln(latency)."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How steady a launch was."""

    shape: Shape
    segments: tuple[Segment, ...]
    warmup_end_s: float | None
    """When it first ran at its best level; None if it began there."""
    slowdown_s: float | None
    """When it left its best level for good; None if it ended there."""


def steadiness(seconds: Sequence[float]) -> Steadiness | None:
    """Judge a series of medians, one for each second of the run, all above 0.

    None when it is shorter than two segments.
    """
    width = max(1, math.ceil(len(seconds) / _MOST_BINS))
    bins = [
        math.log(median(seconds[start : start + width])) for start in range(0, len(seconds), width)
    ]
    shortest = math.ceil(MIN_SEGMENT_S / width)
    if len(bins) < 2 * shortest:
        return None
    found = _merged(bins, _change_points(_smooth(bins), shortest))
    segments = tuple(
        Segment(float(start * width), float(min(end * width, len(seconds))), level)
        for start, end, level in found
    )
    return _judged(segments)


def _judged(segments: tuple[Segment, ...]) -> Steadiness:
    best = min(segments, key=lambda segment: segment.level).level
    at_best = [i for i, segment in enumerate(segments) if segment.level - best < MIN_SHIFT]
    first, last = at_best[0], at_best[-1]
    return Steadiness(
        _shape(segments, last),
        segments,
        segments[first].start_s if first else None,
        segments[last].end_s if last < len(segments) - 1 else None,
    )


def _shape(segments: tuple[Segment, ...], last: int) -> Shape:
    turns = [after.level > before.level for before, after in pairwise(segments)]
    if not turns:
        return Shape.FLAT
    if sum(one != other for one, other in pairwise(turns)) >= 2:
        return Shape.SEVERAL_SPEEDS
    tail = segments[-1]
    if tail.end_s - tail.start_s < max(2 * MIN_SEGMENT_S, 0.1 * tail.end_s):
        return Shape.NOT_STEADY
    return Shape.SLOWDOWN if last < len(segments) - 1 else Shape.WARM_UP


def _smooth(values: Sequence[float]) -> list[float]:
    inner = [sorted(values[i - 1 : i + 2])[1] for i in range(1, len(values) - 1)]
    return [values[0], *inner, values[-1]]


def _noise(values: Sequence[float]) -> float:
    """Return the standard deviation around the level, from steps: shifts of it hardly count.

    Steps over some bins: what follows its predecessor closely would look quieter than it is.
    """
    steps = [after - before for before, after in zip(values, values[_LAG:], strict=False)]
    centre = median(steps)
    spread = _MAD_TO_SD * median(abs(step - centre) for step in steps) / math.sqrt(2)
    return max(spread, 1e-6)


def _change_points(values: Sequence[float], shortest: int) -> list[int]:
    """Return where the level changes, by PELT; cost in units of the noise."""
    noise = _noise(values)
    scaled = [value / noise for value in values]
    sums = list(accumulate(scaled, initial=0.0))
    squares = list(accumulate((v * v for v in scaled), initial=0.0))
    penalty = _PENALTY * math.log(len(values))
    best = [-penalty] + [math.inf] * len(values)
    previous = [0] * (len(values) + 1)
    starts = [0]
    for end in range(shortest, len(values) + 1):
        costs = [
            best[s] + squares[end] - squares[s] - (sums[end] - sums[s]) ** 2 / (end - s)
            for s in starts
        ]
        lowest = min(costs)
        best[end], previous[end] = lowest + penalty, starts[costs.index(lowest)]
        # A start that is worse than the best by a whole penalty can never win again.
        starts = [s for s, cost in zip(starts, costs, strict=True) if cost <= best[end]]
        starts.append(end - shortest + 1)
    return _walk_back(previous)


def _walk_back(previous: Sequence[int]) -> list[int]:
    points = []
    end = len(previous) - 1
    while (end := previous[end]) > 0:
        points.append(end)
    return points[::-1]


def _merged(values: Sequence[float], points: Sequence[int]) -> list[tuple[int, int, float]]:
    """Return (start, end, level) of segments, with the smallest shifts taken out one by one."""
    edges = [0, *points, len(values)]
    while True:
        found = [(s, e, median(values[s:e])) for s, e in pairwise(edges)]
        shifts = [abs(after[2] - before[2]) for before, after in pairwise(found)]
        if not shifts or min(shifts) >= MIN_SHIFT:
            return found
        del edges[shifts.index(min(shifts)) + 1]
