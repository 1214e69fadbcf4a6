"""The y axis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.plot.scale import YScale, nice_step, robust_range, with_limit

positive = st.floats(min_value=1e-3, max_value=1e5, allow_nan=False)


@pytest.mark.parametrize(
    ("least", "step"),
    [(1.0, 1.0), (1.01, 2.0), (2.0, 2.0), (3.0, 5.0), (5.1, 10.0), (0.03, 0.05), (700, 1000)],
)
def test_steps_are_one_two_or_five_times_a_power_of_ten(least: float, step: float) -> None:
    assert step == pytest.approx(nice_step(least))


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (15.0, (8.0, 15.0)), (9.0, (8.0, 10.0)), (5.0, (5.0, 10.0)), (25.0, (8.0, 10.0)),
        (3.0, (8.0, 10.0)),
    ],
)  # fmt: skip
def test_a_limit_is_in_sight_unless_it_is_far_off(limit: float, shown: tuple[float, float]) -> None:
    assert shown == with_limit(8.0, 10.0, limit)


@given(st.lists(positive, min_size=1, max_size=200))
def test_the_range_holds_the_median_of_the_means(means: list[float]) -> None:
    low, high = robust_range(means, means)
    assert low <= sorted(means)[len(means) // 2] <= high


def test_one_huge_peak_does_not_flatten_the_rest() -> None:
    _, high = robust_range([10.0] * 100, [10.5] * 99 + [500.0])
    assert 10.5 == high


def test_peaks_far_above_do_not_press_the_line_flat() -> None:
    _, high = robust_range([1.0] * 100, [1.0 + number for number in range(100)])
    assert 2.0 == high


def test_a_throttling_step_is_inside_the_range() -> None:
    _, high = robust_range([10.0] * 90 + [22.0] * 10, [10.0] * 90 + [22.0] * 10)
    assert 22.0 == high


@given(positive, positive, st.integers(1, 12))
def test_a_fitted_scale_contains_what_it_was_fitted_to(a: float, b: float, ticks: int) -> None:
    low, high = sorted((a, b))
    scale = YScale()
    assert scale.fit(low, high, ticks)
    assert scale.low <= low * (1 + 1e-9)
    assert high <= scale.high * (1 + 1e-9)
    assert 2 <= len(scale.ticks()) <= 3 * ticks + 2


def test_the_scale_does_not_move_while_values_fit() -> None:
    scale = YScale()
    scale.fit(8.0, 12.0, 4)
    assert not scale.fit(9.0, 11.5, 4)
    assert scale.fit(9.0, 30.0, 4)
    assert not scale.fit(12.0, 24.0, 4)


def test_the_scale_shrinks_when_it_is_far_too_wide() -> None:
    scale = YScale()
    scale.fit(0.0, 100.0, 4)
    assert scale.fit(0.0, 9.0, 4)
    assert 10.0 == scale.high


@pytest.mark.parametrize(("value", "row"), [(0.0, 9), (10.0, 0), (5.0, 5), (10.01, -1), (-3.0, 9)])
def test_rows_count_from_the_top(value: float, row: int) -> None:
    scale = YScale()
    scale.fit(0.0, 10.0, 5)
    assert row == scale.row(value, 10)


@pytest.mark.parametrize(
    ("high", "labels"),
    [(10.0, ["0", "2", "4", "6", "8", "10"]), (0.5, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"])],
)
def test_labels_have_the_decimals_of_their_step(high: float, labels: list[str]) -> None:
    scale = YScale()
    scale.fit(0.0, high, 5)
    assert labels == [scale.label(tick) for tick in scale.ticks()]


def test_labels_of_large_values_stay_short() -> None:
    scale = YScale()
    scale.fit(0.0, 90_000.0, 4)
    assert all(len(scale.label(tick)) <= 5 for tick in scale.ticks())
