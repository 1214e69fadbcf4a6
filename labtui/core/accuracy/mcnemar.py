"""The exact test of whether two variants differ on the items that only one of them got right."""

import math


def mcnemar_p(only_a: int, only_b: int) -> float:
    """Return the two-sided p-value; 1 when the variants are right on the same items.

    McNemar (1947), Psychometrika 12:153-157, exact: under "no difference" each discordant item is
    a fair coin. Twice the smaller binomial tail, in logarithms, so that no count overflows.
    """
    n, least = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    return min(1.0, 2 * math.exp(_log_tail(n, least)))


def _log_tail(n: int, k: int) -> float:
    """Return log P(X <= k) of X ~ Binomial(n, 1/2) with k < n / 2.

    From the largest term down the ratio of neighbours is i / (n - i + 1) < 1, so the sum converges.
    """
    log_largest = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
    total = term = 1.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1)
        total += term
        if term < 1e-17 * total:
            break
    return log_largest + math.log(total)
