"""The exact test against the sum that it stands for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.accuracy import mcnemar_p


def summed(only_a: int, only_b: int) -> float:
    n, least = only_a + only_b, min(only_a, only_b)
    tail = sum(math.comb(n, k) for k in range(least + 1))
    return float(min(1.0, 2 * tail / 2**n))


@given(st.integers(0, 300), st.integers(0, 300))
def test_equals_the_sum_of_binomial_terms(only_a: int, only_b: int) -> None:
    assert summed(only_a, only_b) == pytest.approx(mcnemar_p(only_a, only_b), rel=1e-9)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p_value"),
    [(0, 0, 1.0), (7, 7, 1.0), (0, 5, 0.0625), (1, 9, 0.021484375), (10, 0, 2 / 1024)],
)
def test_known_values(only_a: int, only_b: int, p_value: float) -> None:
    assert p_value == pytest.approx(mcnemar_p(only_a, only_b), rel=1e-12)


def test_large_counts_neither_overflow_nor_take_long() -> None:
    assert 0.0 <= mcnemar_p(6_000_000, 4_000_000) < 1e-300
    assert 0.5 < mcnemar_p(5_000_500, 4_999_500) < 1.0
    assert mcnemar_p(5_001_000, 4_999_000) == pytest.approx(0.527, abs=5e-3)


def test_the_order_does_not_matter() -> None:
    assert mcnemar_p(3, 12) == mcnemar_p(12, 3)
