"""When a phase is over, and how its inferences are timed and batched."""

import time
from collections.abc import Callable
from statistics import median
from typing import Protocol

from labtui.core.protocol import Measure, Samples, WarmUp
from labtui.core.protocol.events import MAX_BATCH
from labtui.hostrunner.clocks import mono_ns

BATCH_NS = 100_000_000
"""Longest time a sample waits before it leaves."""
GAP_NS = 1_000_000
"""Pauses that add up to no more than this within a batch count as back to back."""
_NS = 1_000_000_000

IsDone = Callable[[int, int], bool]
"""Called after each inference with (duration, time it ended), in ns."""


class Stopper(Protocol):
    """How a phase learns that it shall end early, and how it sleeps."""

    @property
    def is_stopped(self) -> bool:
        """Whether the launch shall end after the inference under way."""
        ...

    def wait(self, seconds: float) -> None:
        """Sleep, but not after a stop."""
        ...


class SteadyRule:
    """The warm-up rule of `WarmUp`; windows are consecutive and do not overlap."""

    def __init__(self, warmup: WarmUp, start_ns: int) -> None:
        self._warmup = warmup
        self._earliest_ns = start_ns + int(warmup.min_s * _NS)
        self._deadline_ns = start_ns + int(warmup.max_s * _NS)
        self._window: list[int] = []
        self._last_median_ns: float | None = None
        self._runs = 0

    def __call__(self, duration_ns: int, end_ns: int) -> bool:
        """Return whether the warm-up is over after this inference."""
        self._runs += 1
        self._window.append(duration_ns)
        is_window_full = len(self._window) >= self._warmup.min_runs
        is_steady = is_window_full and self._is_steady()
        if self._runs >= self._warmup.max_runs or (is_steady and end_ns >= self._earliest_ns):
            return True
        return self._runs >= self._warmup.min_runs and end_ns >= self._deadline_ns

    def _is_steady(self) -> bool:
        before_ns, self._last_median_ns = self._last_median_ns, median(self._window)
        self._window.clear()
        if before_ns is None:
            return False
        return abs(self._last_median_ns - before_ns) < self._warmup.tolerance * before_ns


class MeasureRule:
    """The end of measuring, by runs or by time; at least one inference is made."""

    def __init__(self, measure: Measure, start_ns: int) -> None:
        self._runs_left = measure.runs
        self._deadline_ns = start_ns + int((measure.seconds or 0.0) * _NS)

    def __call__(self, _duration_ns: int, end_ns: int) -> bool:
        """Return whether measuring is over after this inference."""
        if self._runs_left is None:
            return end_ns >= self._deadline_ns
        self._runs_left -= 1
        return self._runs_left <= 0


class Sampler:
    """Times inferences. Between the two readings of the clock lies nothing but the inference."""

    def __init__(
        self, infer: Callable[[], None], report: Callable[[Samples], None], stopper: Stopper
    ) -> None:
        self._infer = infer
        self._report = report
        self._stopper = stopper
        self._starts_ns: list[int] = []
        self._durations_ns: list[int] = []
        self._next_index = 0

    def run(self, is_done: IsDone, *, is_warmup: bool, rate_hz: float | None = None) -> int:
        """Time inferences until `is_done` or a stop; return how many there were.

        Whatever `infer` or `report` raises is raised again after the samples so far have left.
        """
        first_index = self._next_index
        try:
            self._time(is_done, is_warmup, int(_NS / rate_hz) if rate_hz else 0)
        finally:
            self._flush(is_warmup)
        return self._next_index - first_index

    def _time(self, is_done: IsDone, is_warmup: bool, period_ns: int) -> None:
        infer, stopper, now_ns = self._infer, self._stopper, mono_ns
        starts_ns, durations_ns = self._starts_ns, self._durations_ns
        leave_ns = due_ns = now_ns()
        leave_ns += BATCH_NS
        while not stopper.is_stopped:
            start_ns = now_ns()
            infer()
            end_ns = now_ns()
            starts_ns.append(start_ns)
            durations_ns.append(end_ns - start_ns)
            if is_done(end_ns - start_ns, end_ns):
                return
            due_ns = max(due_ns + period_ns, end_ns)
            if due_ns >= leave_ns or len(durations_ns) == MAX_BATCH:
                self._flush(is_warmup)
                leave_ns = due_ns + BATCH_NS
            if due_ns > end_ns:
                stopper.wait((due_ns - now_ns()) / _NS)

    def _flush(self, is_warmup: bool) -> None:
        if not self._durations_ns:
            return
        samples = Samples(
            first_index=self._next_index,
            t0_ns=self._starts_ns[0],
            durations_ns=tuple(self._durations_ns),
            is_warmup=is_warmup,
            offsets_us=self._offsets_us(),
        )
        self._next_index += len(self._durations_ns)
        self._starts_ns.clear()
        self._durations_ns.clear()
        self._report(samples)
        time.sleep(0)  # gives way to the writer's thread now, not within the next inference

    def _offsets_us(self) -> tuple[int, ...] | None:
        """Return when each inference started; None when the durations alone say it well enough."""
        t0_ns = self._starts_ns[0]
        busy_ns = sum(self._durations_ns) - self._durations_ns[-1]
        if self._starts_ns[-1] - t0_ns - busy_ns <= GAP_NS:
            return None
        return tuple((start_ns - t0_ns) // 1000 for start_ns in self._starts_ns)
