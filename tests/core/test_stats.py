"""Summaries against the textbook."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.stats import percentile, summarise


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 10), (0.5, 25.0), (0.25, 17.5), (0.9, 37.0), (1.0, 40)]
)
def test_percentiles_interpolate_like_type_7(share: float, expected: float) -> None:
    assert percentile([10, 20, 30, 40], share) == pytest.approx(expected)


def test_no_samples_have_no_summary() -> None:
    assert summarise([]) is None


def test_one_sample_is_its_own_summary() -> None:
    summary = summarise([7])
    assert summary is not None
    assert (
        summary.count, summary.mean_ns, summary.sd_ns, summary.min_ns, summary.p50_ns,
        summary.p99_ns,
    ) == (1, 7, 0.0, 7, 7, 7)  # fmt: skip


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=200))
def test_summaries_are_ordered_and_agree_with_the_library(durations_ns: list[int]) -> None:
    summary = summarise(durations_ns)
    assert summary is not None
    assert summary.min_ns <= summary.p50_ns <= summary.p90_ns <= summary.p99_ns <= summary.max_ns
    assert summary.p50_ns == pytest.approx(statistics.median(durations_ns))
    assert summary.sd_ns == pytest.approx(statistics.stdev(durations_ns), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(
    ("durations_ns", "tail_p90_ns"),
    [
        ([7], 7.0),
        ([1] * 60 + [2] * 15, 2.0),
        ([1, 1, 4], 4.0),
        ([9, 1, 1, 1, 1], 1.0),
        ([0, 0], 0.0),
        ([10] * 20 + [10, 10, 10, 10, 10, 20, 20, 20, 20, 10], 20.0),
    ],
)
def test_the_tail_is_the_last_third_of_the_time(
    durations_ns: list[int], tail_p90_ns: float
) -> None:
    summary = summarise(durations_ns)
    assert summary is not None
    assert tail_p90_ns == summary.tail_p90_ns
