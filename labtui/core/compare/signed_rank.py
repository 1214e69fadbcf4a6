"""Wilcoxon's signed-rank test and the Hodges-Lehmann estimate with its interval.

Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 3rd ed. (2014), 3.1 to 3.3. They ask
of the differences only that they are symmetric around their centre: no normal distribution, and a
few wild launches move nothing.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations_with_replacement, groupby
from statistics import NormalDist, median

_MOST_EXACT = 60
"""Above this many differences the normal approximation is off by less than 0.1 % of the level."""


_MOST_LISTED = 200
"""Above this many differences, halving is faster than sorting all pairwise means."""
_PRECISION = 1e-9
_COUNT_BITS = 64
"""No count of subsets of 60 ranks is longer."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The centre of paired differences, and the interval that covers it."""

    centre: float
    low: float
    """-inf where there are too few differences for any interval at this confidence."""
    high: float
    count: int

    @property
    def half_width(self) -> float:
        """Half the interval's length."""
        return (self.high - self.low) / 2


def hodges_lehmann(differences: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Return the median of all pairwise means, and the signed-rank interval around it.

    Takes at least one difference; n of them cost n² / 2 means up to 200, and about n beyond.
    """
    count = len(differences)
    rank = _critical_rank(count, (1 - confidence) / 2)
    if count > _MOST_LISTED:
        return _estimate_of_many(differences, rank)
    means = sorted((a + b) / 2 for a, b in combinations_with_replacement(differences, 2))
    low, high = (means[rank - 1], means[-rank]) if rank else (-math.inf, math.inf)
    return Estimate(median(means), low, high, count)


def _estimate_of_many(differences: Sequence[float], rank: int) -> Estimate:
    """Return what listing all pairwise means would, to nine digits of their range."""
    ordered = sorted(differences)
    last = len(ordered) * (len(ordered) + 1) // 2
    ranks = (last // 2 + 1, last - last // 2, rank, last + 1 - rank)
    upper, lower, low, high = (_mean_at(ordered, number) for number in ranks)
    return Estimate((lower + upper) / 2, low, high, len(ordered))


def _mean_at(ordered: Sequence[float], rank: int) -> float:
    """Return the pairwise mean of this rank, from 1, by halving the range in which it lies."""
    low, high = ordered[0], ordered[-1]
    precision = _PRECISION * (high - low)
    while high - low > precision:
        middle = (low + high) / 2
        if low in (middle, high):
            break
        low, high = (low, middle) if _count_to(ordered, middle) >= rank else (middle, high)
    return high


def _count_to(ordered: Sequence[float], limit: float) -> int:
    """Return how many pairwise means are at most `limit`."""
    count, partner = 0, len(ordered) - 1
    for index, value in enumerate(ordered):
        while partner >= index and value + ordered[partner] > 2 * limit:
            partner -= 1
        if partner < index:
            break
        count += partner - index + 1
    return count


def p_value(differences: Sequence[float]) -> float:
    """Return the two-sided p of `centre is 0`; ties share their ranks, zeros speak for both sides.

    Exact, given the ranks, up to 60 differences.
    """
    ranks = _doubled_ranks([abs(d) for d in differences])
    plus = sum(_part(d) * rank for d, rank in zip(differences, ranks, strict=True))
    less = min(plus, sum(ranks) - plus)
    if len(ranks) > _MOST_EXACT:
        return min(1.0, 2 * _normal_tail(ranks, less))
    weights = _sums(tuple(sorted(ranks)))
    return min(1.0, 2.0 * sum(weights[: math.floor(less) + 1]) / (1 << len(ranks)))


def _part(difference: float) -> float:
    return 0.5 if difference == 0 else float(difference > 0)


def _doubled_ranks(sizes: Sequence[float]) -> list[int]:
    """Return twice the rank of each size, so that the shared ranks of ties are whole numbers."""
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    ranks = [0] * len(sizes)
    start = 0
    for _, group in groupby(order, key=sizes.__getitem__):
        members = list(group)
        for index in members:
            ranks[index] = 2 * start + len(members) + 1
        start += len(members)
    return ranks


@lru_cache(maxsize=128)
def _sums(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """Return in how many ways a subset of the ranks adds up to 0, to 1, and so on.

    The coefficients of the product of 1 + x^rank, all held in one whole number (Kronecker's
    substitution, x = 2^64), which multiplies faster than a list.
    """
    packed = 1
    for rank in ranks:
        packed += packed << (_COUNT_BITS * rank)
    count = sum(ranks) + 1
    return struct.unpack(f"<{count}Q", packed.to_bytes(count * _COUNT_BITS // 8, "little"))


def _normal_tail(ranks: Sequence[int], less: float) -> float:
    centre, variance = sum(ranks) / 2, sum(rank**2 for rank in ranks) / 4
    return NormalDist(centre, math.sqrt(variance)).cdf(less + 1)


@lru_cache(maxsize=128)
def _critical_rank(count: int, tail: float) -> int:
    """Return the largest k of which P(W < k) is at most `tail`; 0 where P(W = 0) exceeds it."""
    if count > _MOST_EXACT:
        centre = count * (count + 1) / 4
        sd = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
        return math.floor(NormalDist(centre, sd).inv_cdf(tail) + 0.5)
    ways = _sums(tuple(range(1, count + 1)))
    limit = tail * 2**count
    return sum(1 for total in accumulate(ways) if total <= limit)
