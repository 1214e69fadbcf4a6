"""Where the variants of one device stand against their baseline, launch by launch.

Cheap enough to be asked anew after each launch: what did not change is remembered.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from statistics import NormalDist, median

from labtui.core.compare.pairs import Observation, Pair, Paired, pair_up
from labtui.core.compare.verdict import DEFAULT_MARGIN, Comparison, Verdict, compare, holm

LEVEL = 0.05
"""Chance of a false `faster` or `slower` among all variants of a device."""


class Stat(StrEnum):
    """What a launch is judged by."""

    P50 = "p50"
    P90 = "p90"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Timing:
    """What one launch took; None where it does not count or was not told."""

    variant: int
    block: int
    position: int
    """On its device, in its session."""
    p50_ns: float | None
    p90_ns: float | None
    mean_ns: float | None
    session: str = ""

    def value(self, stat: Stat) -> float | None:
        """Return a duration in ns."""
        return {Stat.P50: self.p50_ns, Stat.P90: self.p90_ns, Stat.MEAN: self.mean_ns}[stat]


@dataclass(frozen=True, slots=True)
class Standing:
    """A variant against the baseline of its device."""

    verdict: Verdict
    """That of `judged_by`, unless so many comparisons find as much by chance."""
    judged_by: Stat
    p50: Comparison
    p90: Comparison
    p_holm: float | None
    """p of `judged_by`, adjusted for all variants of the device (Holm, 1979)."""
    more_launches: int | None
    """Launches of each variant that would probably decide; None once it is decided."""
    mean_ratio: float | None
    """By the launches' means instead; geometric mean over the pairs. None without a pair."""
    is_flip: bool
    """Whether medians and means contradict each other by more than the margin."""

    @property
    def judged(self) -> Comparison:
        """The comparison that the verdict rests on."""
        return self.p50 if self.judged_by is Stat.P50 else self.p90


def standings(
    timings: Sequence[Timing],
    baseline: int,
    others: Sequence[int],
    margin: float = DEFAULT_MARGIN,
    stat: Stat = Stat.P50,
) -> dict[int, Standing]:
    """Compare other variants of one device with the baseline, by `stat` (p50 or p90).

    Launches that do not count belong in `timings`: they tell where rounds begin. Pairs lie within
    one session; those of several are taken together.
    """
    found = [{kind: paired(timings, baseline, other, kind) for kind in Stat} for other in others]
    compared = [_compared(pairs[stat], margin) for pairs in found]
    adjusted = _adjusted([comparison.p_value for comparison in compared])
    return {
        other: _standing(pairs, margin, stat, p_holm, len(others))
        for other, pairs, p_holm in zip(others, found, adjusted, strict=True)
    }


def paired(timings: Sequence[Timing], baseline: int, other: int, stat: Stat) -> Paired:
    """Return the pairs of two variants over all sessions."""
    parts = [
        pair_up((_observation(t, stat) for t in launches), baseline, other)
        for launches in _by_session(timings, (baseline, other))
    ]
    pairs = tuple(pair for part in parts for pair in part.pairs)
    return Paired(pairs, sum(part.unpaired for part in parts))


def _by_session(timings: Sequence[Timing], variants: tuple[int, int]) -> list[list[Timing]]:
    wanted = [timing for timing in timings if timing.variant in variants]
    wanted.sort(key=lambda timing: timing.session)
    return [list(group) for _, group in groupby(wanted, key=lambda timing: timing.session)]


def _observation(timing: Timing, stat: Stat) -> Observation:
    return Observation(timing.variant, timing.block, timing.position, timing.value(stat))


@lru_cache(maxsize=512)
def _compared(pairs: Paired, margin: float) -> Comparison:
    return compare(pairs, margin)


def _adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p values adjusted for those of them that are known."""
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(adjusted) for p in p_values]


def _standing(
    pairs: dict[Stat, Paired], margin: float, stat: Stat, p_holm: float | None, comparisons: int
) -> Standing:
    judged = _compared(pairs[stat], margin)
    verdict, more = judged.verdict, judged.more_launches
    if verdict in (Verdict.FASTER, Verdict.SLOWER) and (p_holm is None or p_holm >= LEVEL):
        verdict, more = Verdict.CANNOT_TELL, _more_for_holm(judged, comparisons)
    mean_ratio = _geometric_mean(pairs[Stat.MEAN].pairs)
    p50 = _compared(pairs[Stat.P50], margin)
    return Standing(
        verdict=verdict,
        judged_by=stat,
        p50=p50,
        p90=_compared(pairs[Stat.P90], margin),
        p_holm=p_holm,
        more_launches=more,
        mean_ratio=mean_ratio,
        is_flip=_contradict(p50.ratio, mean_ratio, margin),
    )


def _more_for_holm(judged: Comparison, comparisons: int) -> int:
    """Return how many pairs more would probably pass the strictest of Holm's steps.

    The test statistic grows with the root of the number of pairs; and the smallest p that n pairs
    can give at all is 2 / 2^n.
    """
    level = LEVEL / comparisons
    p_value = max(judged.p_value or 1.0, 1e-12)
    now, needed = (-NormalDist().inv_cdf(p / 2) for p in (min(p_value, 0.999), level))
    probable = math.ceil(judged.pairs * (needed / now) ** 2)
    least = math.ceil(1 + math.log2(1 / level))
    return max(probable, least, judged.pairs + 1) - judged.pairs


def _geometric_mean(pairs: Sequence[Pair]) -> float | None:
    if not pairs:
        return None
    return math.exp(sum(pair.log_ratio for pair in pairs) / len(pairs))


def _contradict(by_median: float | None, by_mean: float | None, margin: float) -> bool:
    if by_median is None or by_mean is None:
        return False
    is_apart = abs(math.log(by_median / by_mean)) > math.log1p(margin)
    return is_apart and (by_median < 1) != (by_mean < 1)


def median_of(timings: Sequence[Timing], stat: Stat) -> float | None:
    """Return the median over launches in ns; None when none of them counts."""
    values = [value for timing in timings if (value := timing.value(stat)) is not None]
    return median(values) if values else None
