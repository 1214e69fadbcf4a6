"""Steady or not, on series whose truth is known."""

import math
import random
from collections import Counter
from collections.abc import Callable
from statistics import median, quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labtui.core.steady import MIN_SEGMENT_S, Shape, Steadiness, steadiness

Level = Callable[[float], float]


def series(seed: int, level: Level, seconds: int = 300, sd: float = 0.01) -> list[float]:
    """Return medians of seconds: autocorrelated noise, and a wild second now and then."""
    rng = random.Random(seed)
    values, noise = [], 0.0
    for t in range(seconds):
        noise = 0.5 * noise + rng.gauss(0, sd * math.sqrt(0.75))
        wild = rng.uniform(1.3, 3) if rng.random() < 0.01 else 1.0
        values.append(20.0 * level(t) * math.exp(noise) * wild)
    return values


def judged(values: list[float]) -> Steadiness:
    found = steadiness(values)
    assert found is not None
    return found


def test_no_throttling_is_seen_where_there_is_none() -> None:
    shapes = Counter(judged(series(seed, lambda _: 1.0)).shape for seed in range(200))
    assert {Shape.FLAT: 200} == shapes


def test_no_throttling_is_missed_and_its_time_is_right() -> None:
    errors_s = []
    for seed in range(200):
        rng = random.Random(seed)
        onset_s, factor = rng.uniform(30, 260), rng.uniform(1.06, 1.4)

        def level(t: float, onset_s: float = onset_s, factor: float = factor) -> float:
            return factor if t >= onset_s else 1.0

        found = judged(series(seed, level))
        assert found.slowdown_s is not None
        errors_s.append(abs(found.slowdown_s - onset_s))
    assert median(errors_s) < 1.0
    assert quantiles(errors_s, n=20)[-1] < 2.0


SHAPES = [
    (lambda t: 1.15 if t < 40 else 1.0, Shape.WARM_UP),
    (lambda t: 1.0 if t < 80 else min(1.4, 1 + (t - 80) / 300), Shape.SLOWDOWN),
    (lambda t: 1.3 if t // 30 % 2 else 1.0, Shape.SEVERAL_SPEEDS),
    (lambda t: 1.0 if t < 288 else 1.3, Shape.NOT_STEADY),
    (lambda t: 1.2 if t < 20 else 1.0 if t < 150 else 1.1, Shape.SLOWDOWN),
]


@pytest.mark.parametrize(("level", "shape"), SHAPES)
def test_shapes(level: Level, shape: Shape) -> None:
    assert {shape: 20} == Counter(judged(series(seed, level)).shape for seed in range(20))


def test_the_times_of_warm_up_and_slowdown() -> None:
    found = judged(series(3, lambda t: 1.2 if t < 20 else 1.0 if t < 150 else 1.1, sd=0.003))
    assert (20.0, 150.0) == (found.warmup_end_s, found.slowdown_s)
    assert [0.0, 20.0, 150.0] == [s.start_s for s in found.segments]


def test_a_long_run_is_seen_in_wider_bins() -> None:
    found = judged(series(3, lambda t: 1.0 if t < 900 else 1.2, seconds=1800))
    assert found.slowdown_s == pytest.approx(900, abs=3)
    assert 1800.0 == found.segments[-1].end_s


@pytest.mark.parametrize("seconds", [0, 1, 2 * int(MIN_SEGMENT_S) - 1])
def test_too_short_to_tell(seconds: int) -> None:
    assert steadiness([1.0] * seconds) is None


@settings(max_examples=50)
@given(st.lists(st.sampled_from([1.0, 1.0, 2.0]), min_size=20, max_size=80))
def test_two_valued_timers_are_judged_too(values: list[float]) -> None:
    found = judged(values)
    assert 0.0 == found.segments[0].start_s
    assert len(values) == found.segments[-1].end_s
