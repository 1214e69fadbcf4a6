"""Samples in absolute time bins."""

from hypothesis import given
from hypothesis import strategies as st

from labtui.plot.bins import Bins

samples = st.lists(
    st.tuples(st.floats(0, 100, allow_nan=False), st.floats(0.01, 100, allow_nan=False)),
    min_size=1,
    max_size=200,
)


@given(samples)
def test_no_sample_is_lost_or_counted_twice(points: list[tuple[float, float]]) -> None:
    bins = Bins(0.5, keep_s=1000)
    for t_s, value in points:
        bins.add(t_s, value, 1, 0)
    assert len(points) == sum(found.count for _, found in bins)
    merged = bins.merged(0, 300)
    assert merged is not None
    assert len(points) == merged.count
    assert max(value for _, value in points) == merged.peak


def test_a_sample_never_changes_its_bin() -> None:
    bins = Bins(0.25, keep_s=60)
    assert 40 == bins.add(10.1, 5.0, 1, 0)
    bins.add(55.0, 5.0, 1, 0)
    found = bins.get(40)
    assert found is not None
    assert 5.0 == found.mean


def test_old_bins_are_dropped() -> None:
    bins = Bins(1.0, keep_s=10)
    for second in range(100):
        bins.add(float(second), 1.0, 1, 0)
    assert [*range(90, 100)] == [index for index, _ in bins]
    assert (90, 99) == (bins.oldest, bins.newest)


def test_a_jump_in_time_keeps_memory_bounded() -> None:
    bins = Bins(0.05, keep_s=10)
    bins.add(0.0, 1.0, 1, 0)
    bins.add(1000.0, 1.0, 1, 0)
    assert 1 == len(list(bins))


def test_two_launches_never_share_a_bin() -> None:
    bins = Bins(1.0, keep_s=10)
    bins.add(0.1, 10.0, 1, 0)
    bins.add(0.2, 20.0, 2, 1)
    bins.add(0.3, 10.0, 1, 0)
    found = bins.get(0)
    assert found is not None
    assert (20.0, 1, 1) == (found.mean, found.count, found.tone)


def test_merging_takes_the_latest_launch() -> None:
    bins = Bins(1.0, keep_s=10)
    bins.add(0.5, 10.0, 1, 0)
    bins.add(1.5, 20.0, 2, 1)
    merged = bins.merged(0, 3)
    assert merged is not None
    assert (20.0, 2) == (merged.mean, merged.stroke)
    assert bins.merged(5, 3) is None
