"""Intervals: known values, borders, and whether they cover what they claim to."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.accuracy import Interval, paired_difference, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), Statistics in Medicine 17:857-872, table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert low == pytest.approx(interval.low, abs=6e-5)
    assert high == pytest.approx(interval.high, abs=6e-5)


def test_nothing_scored_is_nothing_known() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    assert paired_difference(0, 0, 0, 0) == Interval(-1.0, 1.0)


def test_all_right_reaches_one_exactly() -> None:
    assert wilson(8, 8).high == 1.0
    assert wilson(0, 8).low == 0.0


@given(st.integers(0, 10_000_000), st.integers(1, 10_000_000))
def test_wilson_holds_its_estimate(successes: int, n: int) -> None:
    successes = min(successes, n)
    interval = wilson(successes, n)
    assert 0.0 <= interval.low <= successes / n <= interval.high <= 1.0


def test_more_confidence_is_wider() -> None:
    assert wilson(90, 100, 0.99).low < wilson(90, 100, 0.95).low


def test_the_paired_interval_gives_the_published_value() -> None:
    """Newcombe (1998), Statistics in Medicine 17:2635-2650, table III; it subtracts a from b."""
    interval = paired_difference(both=36, only_a=2, only_b=12, neither=0)
    assert 0.0569 == pytest.approx(interval.low, abs=6e-5)
    assert 0.3404 == pytest.approx(interval.high, abs=6e-5)


def test_without_discordant_items_the_wilson_intervals_are_all_there_is() -> None:
    interval = paired_difference(2, 0, 0, 0)
    assert wilson(2, 2).low - 1 == pytest.approx(interval.low)
    assert 1 - wilson(2, 2).low == pytest.approx(interval.high)


counts = st.integers(0, 100_000)


@given(counts, counts, counts, counts)
def test_the_paired_interval_holds_its_estimate_and_mirrors(
    both: int, only_a: int, only_b: int, neither: int
) -> None:
    interval = paired_difference(both, only_a, only_b, neither)
    mirrored = paired_difference(both, only_b, only_a, neither)
    difference = (only_b - only_a) / max(1, both + only_a + only_b + neither)
    assert interval.contains(difference)
    assert interval.low == pytest.approx(-mirrored.high)
    assert interval.high == pytest.approx(-mirrored.low)


@pytest.mark.parametrize(
    ("n", "only_a", "only_b", "neither"),
    [(200, 0.01, 0.01, 0.06), (1000, 0.02, 0.01, 0.06), (1000, 0.07, 0.02, 0.3)],
)
def test_the_paired_interval_covers_the_truth_in_95_of_100_experiments(
    n: int, only_a: float, only_b: float, neither: float
) -> None:
    rounds, generator = 1500, random.Random(1)
    shares = (1 - only_a - only_b - neither, only_a, only_b, neither)
    covered = 0
    for _ in range(rounds):
        drawn = generator.choices(range(4), shares, k=n)
        covered += paired_difference(*map(drawn.count, range(4))).contains(only_b - only_a)
    assert 0.935 <= covered / rounds
