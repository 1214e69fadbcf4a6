"""The warm-up rule as runners/PROTOCOL.md words it, and the timing of phases."""

from collections.abc import Iterator
from itertools import islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.protocol import Measure, Samples, WarmUp
from labtui.core.protocol.events import MAX_BATCH
from labtui.hostrunner import phases
from labtui.hostrunner.phases import MeasureRule, Sampler, SteadyRule
from tests.hostrunner.launching import starts_ns

MS = 1_000_000


def runs_until_done(warmup: WarmUp, durations_ns: Iterator[int]) -> int:
    rule, now_ns = SteadyRule(warmup, 0), 0
    for runs, duration_ns in enumerate(islice(durations_ns, 1000), start=1):
        now_ns += duration_ns
        if rule(duration_ns, now_ns):
            return runs
    raise AssertionError("the warm-up does not end")


def falling() -> Iterator[int]:
    """Never steady: each inference takes 10 % less than the one before."""
    duration = 1e9
    while True:
        yield int(duration)
        duration *= 0.9


WARMUPS = {
    "steady at the second window": (WarmUp(5, 200, 60.0, 0.05), repeat(MS), 10),
    "fixed count": (WarmUp(30, 30, 60.0, 0.05), repeat(MS), 30),
    "fixed count is not cut short by time": (WarmUp(30, 30, 0.001, 0.05), repeat(MS), 30),
    "one at a time": (WarmUp(1, 200, 60.0, 0.05), repeat(MS), 2),
    "not before the least time": (WarmUp(5, 200, 60.0, 0.05, min_s=0.012), repeat(MS), 15),
    "most runs": (WarmUp(5, 17, 60.0, 0.05), falling(), 17),
    "time, after the least runs": (WarmUp(5, 200, 0.001, 0.05), repeat(MS), 5),
    "time": (WarmUp(5, 200, 0.007, 0.0), repeat(MS), 7),
    "no tolerance": (WarmUp(5, 50, 60.0, 0.0), repeat(MS), 50),
    "an outlier does not move a median": (
        WarmUp(3, 50, 60.0, 0.05), iter([9 * MS, MS, MS, MS, 9 * MS, MS]), 6,
    ),
    "just outside the tolerance": (
        WarmUp(1, 3, 60.0, 0.05), iter([100, 95, 95]), 3,
    ),
    "just inside the tolerance": (WarmUp(1, 3, 60.0, 0.05), iter([100, 96, 50]), 2),
    "windows do not overlap": (
        WarmUp(2, 50, 60.0, 0.05), iter([400, 200, 200, 200, 200, 200]), 6,
    ),
    "even windows take the mean of the middle": (
        WarmUp(2, 4, 60.0, 0.05), iter([100, 300, 200, 200]), 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARMUPS)
def test_warm_up_rule(name: str) -> None:
    warmup, durations_ns, expected = WARMUPS[name]
    assert expected == runs_until_done(warmup, durations_ns)


@given(
    st.lists(st.integers(1, 10**9), min_size=60, max_size=60),
    st.integers(1, 20),
    st.integers(0, 40),
    st.floats(0, 1),
)
def test_warm_up_keeps_its_limits(
    durations_ns: list[int], least: int, more: int, tolerance: float
) -> None:
    warmup = WarmUp(least, least + more, 1e6, tolerance)
    assert least <= runs_until_done(warmup, iter(durations_ns)) <= least + more


def test_measuring_by_runs() -> None:
    rule = MeasureRule(Measure(runs=3), start_ns=0)
    assert [False, False, True] == [rule(1, 10**18) for _ in range(3)]


def test_measuring_by_time() -> None:
    rule = MeasureRule(Measure(seconds=1.5), start_ns=100)
    assert [False, True] == [rule(1, end_ns) for end_ns in (1_500_000_099, 1_500_000_100)]


class Bench:
    """A clock that moves only by inferences and waits, and everything that was reported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, inference_ns: int) -> None:
        self.now_ns = 1_000
        self.inference_ns = inference_ns
        self.is_stopped = False
        self.waits_s: list[float] = []
        self.reported: list[tuple[int, Samples]] = []
        monkeypatch.setattr(phases, "mono_ns", lambda: self.now_ns)
        self.sampler = Sampler(self.infer, self.report, self)

    def infer(self) -> None:
        self.now_ns += self.inference_ns

    def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_ns += round(seconds * 1e9)

    def report(self, samples: Samples) -> None:
        self.reported.append((self.now_ns, samples))

    def measure(self, runs: int, rate_hz: float | None = None) -> int:
        rule = MeasureRule(Measure(runs=runs), self.now_ns)
        return self.sampler.run(rule, is_warmup=False, rate_hz=rate_hz)


def test_batches_leave_every_tenth_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 30 * MS)
    assert 10 == bench.measure(runs=10)
    assert [4, 4, 2] == [len(samples.durations_ns) for _, samples in bench.reported]
    assert [0, 4, 8] == [samples.first_index for _, samples in bench.reported]
    for now_ns, samples in bench.reported:
        assert now_ns - (samples.t0_ns + samples.durations_ns[0]) <= 100 * MS
        assert samples.offsets_us is None


def test_batches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 1)
    bench.measure(runs=MAX_BATCH + 1)
    assert [MAX_BATCH, 1] == [len(samples.durations_ns) for _, samples in bench.reported]


def test_paced_inferences_start_on_time_and_say_when(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 10 * MS)
    bench.measure(runs=3, rate_hz=25.0)
    ((_, samples),) = bench.reported
    assert (0, 40_000, 80_000) == samples.offsets_us
    assert [0.03, 0.03] == bench.waits_s


def test_slow_pace_reports_before_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 10 * MS)
    bench.measure(runs=3, rate_hz=2.0)
    assert [1, 1, 1] == [len(samples.durations_ns) for _, samples in bench.reported]


def test_time_lost_is_not_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 10 * MS)
    pauses_ns = iter([70 * MS, 0, 0, 0])

    def slow_first() -> None:
        bench.infer()
        bench.now_ns += next(pauses_ns)

    bench.sampler._infer = slow_first
    bench.measure(runs=4, rate_hz=25.0)
    assert [0, 80 * MS, 120 * MS, 160 * MS] == [
        start_ns - 1_000 for start_ns in starts_ns(s for _, s in bench.reported)
    ]


def test_indices_go_on_from_warm_up_to_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, MS)
    rule = SteadyRule(WarmUp(2, 2), bench.now_ns)
    assert 2 == bench.sampler.run(rule, is_warmup=True)
    assert 1 == bench.measure(runs=1)
    assert [(0, True), (2, False)] == [(s.first_index, s.is_warmup) for _, s in bench.reported]


def test_a_stop_ends_the_phase_after_the_inference_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch, MS)
    bench.sampler._infer = lambda: setattr(bench, "is_stopped", True)
    assert 1 == bench.measure(runs=5)
    assert 0 == bench.measure(runs=5)


def test_samples_before_a_failure_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, MS)
    bench.measure(runs=1)
    left = iter([None, None])

    def fail_at_the_third() -> None:
        bench.infer()
        next(left)

    bench.sampler._infer = fail_at_the_third
    with pytest.raises(StopIteration):
        bench.measure(runs=5)
    assert [1, 2] == [len(samples.durations_ns) for _, samples in bench.reported]
