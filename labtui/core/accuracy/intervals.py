"""Confidence intervals of proportions, of one variant and of two on the same items."""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of shares: of 1 for a proportion, from -1 to 1 for a difference of two."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Return whether a value lies within, borders included."""
        return self.low <= value <= self.high


def z_value(confidence: float) -> float:
    """Return how many standard deviations leave (1 - confidence) / 2 on each side."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(successes: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the score interval of a proportion; of nothing known when `n` is 0.

    Wilson (1927), J. Am. Stat. Assoc. 22:209-212. It holds its coverage near 0 and 1, where the
    textbook interval (Wald) collapses.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z2 = z_value(confidence) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high)


def paired_difference(
    both: int, only_a: int, only_b: int, neither: int, confidence: float = CONFIDENCE
) -> Interval:
    """Return the interval of share(b) - share(a) of two variants scored on the same items.

    Counts of items that both got right, only one of them did, neither did. Newcombe (1998),
    Statistics in Medicine 17:2635-2650, method 10: square-and-add of the two Wilson intervals,
    with the correlation of the two variants corrected for continuity.
    """
    n = both + only_a + only_b + neither
    if n == 0:
        return Interval(-1.0, 1.0)
    share_a, share_b = (both + only_a) / n, (both + only_b) / n
    a, b = wilson(both + only_a, n, confidence), wilson(both + only_b, n, confidence)
    phi = _correlation(both, only_a, only_b, neither)
    below = _square_and_add(share_b - b.low, a.high - share_a, phi)
    above = _square_and_add(b.high - share_b, share_a - a.low, phi)
    difference = share_b - share_a
    return Interval(max(-1.0, difference - below), min(1.0, difference + above))


def _square_and_add(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    """Return phi of the 2 x 2 table; a positive one is drawn towards 0 by half an item."""
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins == 0:
        return 0.0
    product: float = both * neither - only_a * only_b
    if product > 0:
        product = max(product - (both + only_a + only_b + neither) / 2, 0.0)
    return product / math.sqrt(margins)
