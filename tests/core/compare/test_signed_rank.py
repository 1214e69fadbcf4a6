"""The signed-rank interval against enumeration, and its coverage by simulation."""

import itertools
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.compare import signed_rank
from labtui.core.compare.signed_rank import hodges_lehmann, p_value

DIFFERENCES = st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=1, max_size=11)


def enumerated_p(differences: list[float]) -> float:
    """Give the ranks every combination of signs; count those at least as lopsided."""
    sizes = [abs(d) for d in differences]
    ranks = [
        sum(other < size for other in sizes) + (sum(other == size for other in sizes) + 1) / 2
        for size in sizes
    ]
    signs = [0.5 if d == 0 else float(d > 0) for d in differences]
    plus = sum(sign * rank for sign, rank in zip(signs, ranks, strict=True))
    less = min(plus, sum(ranks) - plus)
    combinations = itertools.product((0, 1), repeat=len(ranks))
    few = sum(
        sum(s * r for s, r in zip(signs, ranks, strict=True)) <= less for signs in combinations
    )
    return min(1.0, 2.0 * few / (1 << len(ranks)))


@given(DIFFERENCES)
def test_p_is_that_of_all_signs(differences: list[float]) -> None:
    assert enumerated_p(differences) == pytest.approx(p_value(differences))


@given(DIFFERENCES)
def test_both_directions_are_alike(differences: list[float]) -> None:
    mirrored = [-d for d in differences]
    one, other = hodges_lehmann(differences), hodges_lehmann(mirrored)
    assert p_value(differences) == pytest.approx(p_value(mirrored))
    assert (one.low, one.centre, one.high) == (-other.high, -other.centre, -other.low)


@given(DIFFERENCES)
def test_the_centre_lies_in_its_interval(differences: list[float]) -> None:
    found = hodges_lehmann(differences)
    assert found.low <= found.centre <= found.high


@given(st.lists(st.integers(1, 99), min_size=6, max_size=11, unique=True), st.data())
def test_p_and_interval_agree(sizes: list[int], data: st.DataObject) -> None:
    differences = [float(data.draw(st.sampled_from((-size, size)))) for size in sizes]
    found = hodges_lehmann(differences)
    assert (found.low > 0 or found.high < 0) == (p_value(differences) <= 0.05)


@pytest.mark.parametrize("count", range(1, 6))
def test_few_differences_have_no_interval(count: int) -> None:
    found = hodges_lehmann([0.1] * count)
    assert (-math.inf, math.inf) == (found.low, found.high)


# One more than the critical values for a two-sided 5 % in any table of the test.
@pytest.mark.parametrize(("count", "rank"), [(6, 1), (8, 4), (10, 9), (15, 26), (20, 53), (25, 90)])
def test_the_ranks_of_the_ends(count: int, rank: int) -> None:
    differences = [float(3**i) for i in range(count)]  # all pairwise means differ
    means = sorted((a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])
    found = hodges_lehmann(differences)
    assert (means[rank - 1], means[-rank]) == (found.low, found.high)


def test_the_normal_approximation_takes_over_smoothly() -> None:
    rng = random.Random(5)
    differences = [rng.gauss(0.2, 1.0) for _ in range(61)]
    assert p_value(differences[:60]) == pytest.approx(p_value(differences), rel=0.5)
    widths = [hodges_lehmann(differences[:n]).half_width for n in (60, 61)]
    assert widths[0] == pytest.approx(widths[1], rel=0.1)


def laplace(rng: random.Random) -> float:
    return rng.expovariate(1.0) * rng.choice((-1, 1))


@pytest.mark.parametrize("count", [8, 16, 24])
@pytest.mark.parametrize("draw", [lambda r: r.gauss(0, 1), laplace], ids=["normal", "laplace"])
def test_the_interval_covers_as_it_claims(count: int, draw) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(count)
    found = [hodges_lehmann([draw(rng) for _ in range(count)]) for _ in range(1_000)]
    assert statistics.fmean(e.low <= 0 <= e.high for e in found) > 0.935


@pytest.mark.parametrize("digits", [1, 2, 9])
def test_many_differences_need_no_list_of_all_means(
    digits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(digits)
    differences = [round(rng.gauss(0.02, 1.0), digits) for _ in range(230)]
    halved = hodges_lehmann(differences)
    monkeypatch.setattr(signed_rank, "_MOST_LISTED", 1_000)
    listed = hodges_lehmann(differences)
    assert listed.centre == pytest.approx(halved.centre, abs=1e-7)
    assert (listed.low, listed.high) == pytest.approx((halved.low, halved.high), abs=1e-7)


def test_equal_differences_are_no_trap_for_halving() -> None:
    found = hodges_lehmann([0.25] * 300)
    assert (0.25, 0.25, 0.25) == (found.low, found.centre, found.high)
