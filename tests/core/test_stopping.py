"""Stop rules: few looks, planned beforehand, and hard to please."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.compare.pairs import Observation, pair_up
from labtui.core.compare.verdict import Verdict, compare
from labtui.core.stopping import MIN_ROUNDS, is_decided, looks


def launches(rounds: int, *ratios: float, noise: float = 0.0) -> list[Observation]:
    """Return launches of a baseline and of variants with these ratios to it."""
    durations = [1.0, *ratios]
    return [
        Observation(
            variant,
            number // 2,
            number * len(durations) + variant,
            durations[variant] * math.exp(noise * (-1) ** number if variant else 0.0),
        )
        for number in range(rounds)
        for variant in range(len(durations))
    ]


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        (26, (10, 14, 18, 22)),
        (100, (10, 32, 54, 76)),
        (12, (10,)),
        (13, (10, 12)),
        (10, ()),
        (2, ()),
        (0, ()),
    ],
)
def test_looks_are_few_and_fall_on_whole_blocks(rounds: int, expected: tuple[int, ...]) -> None:
    assert expected == looks(rounds)


@given(st.integers(0, 10_000))
def test_a_look_never_comes_too_early_nor_when_all_is_done_anyway(rounds: int) -> None:
    planned = looks(rounds)
    assert planned == tuple(sorted(set(planned)))
    assert all(MIN_ROUNDS <= look < rounds and look % 2 == 0 for look in planned)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (launches(10, 1.10), True),
        (launches(10, 0.90), True),
        (launches(10, 1.001), True),
        (launches(8, 1.10), False),
        (launches(10, 1.03, noise=0.05), False),
        (launches(10, 1.10, 0.9), True),
        (launches(10, 1.10, 1.012, noise=0.02), False),
        ([], False),
    ],
    ids=["slower", "faster", "same", "too few", "noisy", "both", "only one of two", "nothing"],
)
def test_all_variants_have_to_be_told_from_the_baseline(
    found: list[Observation], expected: bool
) -> None:
    variants = sorted({launch.variant for launch in found}) or [0, 1]
    assert expected is is_decided(found, variants, 0.02)


def test_a_baseline_alone_decides_nothing() -> None:
    assert not is_decided(launches(10), [0], 0.02)


def test_an_early_look_asks_for_more_than_an_interval_of_95_percent() -> None:
    others = [0.96, *(1 + 0.01 * rank for rank in (1, 2, 3, 5, 6, 7, 8, 9, 10))]
    found = [
        Observation(variant, number // 2, 2 * number + variant, other if variant else 1.0)
        for number, other in enumerate(others)
        for variant in (0, 1)
    ]
    assert Verdict.SLOWER is compare(pair_up(found, 0, 1)).verdict
    assert not is_decided(found, [0, 1], 0.02)
