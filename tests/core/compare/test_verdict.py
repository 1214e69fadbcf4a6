"""Words for intervals, and how many launches more it takes."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.compare.pairs import Observation, Paired, pair_up
from labtui.core.compare.signed_rank import Estimate
from labtui.core.compare.verdict import (
    MIN_PAIRS,
    Comparison,
    Verdict,
    compare,
    holm,
    judge,
    more_pairs,
)

INTERVALS = [
    (-0.05, -0.03, Verdict.FASTER),
    (-0.05, -0.001, Verdict.FASTER),
    (0.001, 0.05, Verdict.SLOWER),
    (-0.001, 0.05, Verdict.CANNOT_TELL),
    (-0.05, 0.05, Verdict.CANNOT_TELL),
    (-0.01, 0.01, Verdict.SAME),
    (0.001, 0.01, Verdict.SAME),  # there is a difference, and nobody cares for it
    (-math.inf, math.inf, Verdict.CANNOT_TELL),
]


@pytest.mark.parametrize(("low", "high", "verdict"), INTERVALS)
def test_the_interval_decides(low: float, high: float, verdict: Verdict) -> None:
    assert verdict is judge(Estimate((low + high) / 2, low, high, 16), 0.02)


def paired(count: int, ratio: float, sd: float, seed: int = 1) -> Paired:
    """Return launches as a bench that runs forth and back would have them."""
    rng = random.Random(seed)
    found = []
    for position in range(2 * count):
        variant = (position + position // 2) % 2
        value = (ratio if variant else 1.0) * math.exp(rng.gauss(0, sd))
        found.append(Observation(variant, position // 4, position, value))
    return pair_up(found, 0, 1)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(0.95, Verdict.FASTER), (1.05, Verdict.SLOWER), (1.0, Verdict.SAME), (1.005, Verdict.SAME)],
)
def test_clear_cases(ratio: float, verdict: Verdict) -> None:
    found = compare(paired(16, ratio, 0.005))
    assert verdict is found.verdict
    assert found.low < ratio < found.high
    assert found.more_launches is None


def test_a_noisy_bench_says_that_it_cannot_tell_and_what_it_takes() -> None:
    found = compare(paired(8, 1.02, 0.05))
    assert Verdict.CANNOT_TELL is found.verdict
    assert found.more_launches is not None
    assert 1 < found.more_launches < 1_000


def test_nothing_to_compare() -> None:
    nothing = Comparison(Verdict.CANNOT_TELL, None, 0.0, math.inf, None, 0, 3, MIN_PAIRS, None)
    assert nothing == compare(Paired((), 3))


@pytest.mark.parametrize("count", range(1, MIN_PAIRS))
def test_too_few_pairs_give_no_verdict_however_clear_they_look(count: int) -> None:
    found = compare(paired(count, 0.5, 0.001))
    assert Verdict.CANNOT_TELL is found.verdict
    assert found.ratio == pytest.approx(0.5, rel=0.01)
    assert MIN_PAIRS - count == found.more_launches


def test_launches_that_are_all_equal_are_the_same() -> None:
    found = compare(paired(16, 1.0, 0.0))
    assert (Verdict.SAME, 1.0, 1.0, 1.0) == (found.verdict, found.low, found.ratio, found.high)
    assert found.p_value == 1.0


@given(st.integers(MIN_PAIRS, 40), st.floats(-0.06, 0.06), st.floats(0.0001, 0.06))
def test_more_pairs_are_asked_for_whenever_the_interval_is_open(
    count: int, centre: float, half: float
) -> None:
    estimate = Estimate(centre, centre - half, centre + half, count)
    if judge(estimate, 0.02) is Verdict.CANNOT_TELL:
        assert more_pairs([], estimate, 0.02) >= 1


def test_as_many_more_as_it_says_do_decide() -> None:
    decided = []
    for seed in range(60):
        first = compare(paired(10, 1.03, 0.03, seed))
        if first.more_launches is not None:
            pairs = 10 + first.more_launches
            decided.append(compare(paired(pairs, 1.03, 0.03, seed + 999)).verdict)
    assert len(decided) > 20
    assert statistics.fmean(v is not Verdict.CANNOT_TELL for v in decided) > 0.5


def test_holm() -> None:
    assert (0.03, 0.06, 0.06) == pytest.approx(holm([0.01, 0.04, 0.03]))
    assert () == holm([])
    assert (1.0, 1.0) == holm([0.7, 0.9])
