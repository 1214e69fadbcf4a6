"""What the bench can tell of two variants: an interval around their ratio, and a word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from labtui.core.compare.pairs import Paired
from labtui.core.compare.signed_rank import Estimate, hodges_lehmann, p_value

MIN_PAIRS = 6
"""Below it no signed-rank interval of 95 % has an end."""
DEFAULT_MARGIN = 0.02
_EFFICIENCY = 3 / math.pi
"""Of the signed-rank test beside the t-test on normal differences (Hodges & Lehmann, 1956)."""
_TWO_SIDED = NormalDist().inv_cdf(0.975)


class Verdict(StrEnum):
    """How a variant compares with the baseline."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    """Within the margin, whichever side of 1 it lies."""
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against the baseline on one device, by one statistic."""

    verdict: Verdict
    ratio: float | None
    """Its duration over the baseline's; None without a pair."""
    low: float
    high: float
    """The 95 % interval of `ratio`: 0 and inf where there are too few pairs."""
    p_value: float | None
    """Of `they take equally long`."""
    pairs: int
    unpaired: int
    more_launches: int | None
    """Launches of each variant that would probably decide; None once it is decided."""
    slot_effect: float | None
    """Share that a launch takes longer for coming second in its round."""


def compare(paired: Paired, margin: float = DEFAULT_MARGIN) -> Comparison:
    """Judge the pairs of two variants; durations within 1 ± `margin` count as the same."""
    if not paired.pairs:
        return Comparison(
            Verdict.CANNOT_TELL, None, 0.0, math.inf, None, 0, paired.unpaired, MIN_PAIRS, None
        )
    differences = paired.log_ratios
    estimate = hodges_lehmann(differences)
    verdict = judge(estimate, margin)
    is_open = verdict is Verdict.CANNOT_TELL
    slot_effect = paired.slot_effect
    return Comparison(
        verdict,
        math.exp(estimate.centre),
        math.exp(estimate.low),
        math.exp(estimate.high),
        p_value(differences),
        estimate.count,
        paired.unpaired,
        more_pairs(differences, estimate, margin) if is_open else None,
        None if slot_effect is None else math.expm1(slot_effect),
    )


def judge(estimate: Estimate, margin: float) -> Verdict:
    """Return the word for an interval of log ratios.

    The whole interval within the margin is `same`, even if it leaves out 1: a difference nobody
    cares for. Else the side of 1 on which all of it lies decides.
    """
    if math.log1p(-margin) < estimate.low and estimate.high < math.log1p(margin):
        return Verdict.SAME
    if estimate.high < 0:
        return Verdict.FASTER
    if estimate.low > 0:
        return Verdict.SLOWER
    return Verdict.CANNOT_TELL


def more_pairs(differences: Sequence[float], estimate: Estimate, margin: float) -> int:
    """Return how many pairs more would probably end in a verdict other than `cannot tell`.

    The interval shrinks with the root of the number of pairs; it decides once it is shorter than
    the way from its centre to 1, or to the margin on its side.
    """
    distance = max(abs(estimate.centre), math.log1p(margin) - abs(estimate.centre))
    half_width = _half_width(differences, estimate)
    needed = math.ceil(estimate.count * (half_width / distance) ** 2)
    return max(needed, MIN_PAIRS, estimate.count + 1) - estimate.count


def _half_width(differences: Sequence[float], estimate: Estimate) -> float:
    """Return half the interval's length, or what it will about be where it has no end yet."""
    if math.isfinite(estimate.half_width):
        return estimate.half_width
    spread = math.sqrt(sum((d - estimate.centre) ** 2 for d in differences) / len(differences))
    return _TWO_SIDED * spread / math.sqrt(_EFFICIENCY * len(differences))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted for being several, in their order (Holm, 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for passed, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - passed) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)
