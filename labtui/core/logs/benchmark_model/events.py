"""A run of `benchmark_model` in the words of the runner protocol: totals, never samples."""

import re
from collections.abc import Iterator

from labtui.core.logs.benchmark_model.placing import op_times
from labtui.core.logs.benchmark_model.runs import (
    BenchmarkRun,
    LatencyStats,
    OpProfile,
    ProfilePhase,
    RunStatus,
)
from labtui.core.protocol import (
    PROTOCOL_VERSION,
    Aggregate,
    End,
    Hello,
    Loaded,
    Profile,
    RunnerError,
    RunnerEvent,
)
from labtui.failure import FailureCode

TOOL = "benchmark_model"

HELLO_OF_A_LOG = Hello(PROTOCOL_VERSION, TOOL, "", "", "", pid=0, mono_ns=0, boot_ns=0)
"""A log tells neither versions nor process nor clocks."""

_CODES = (
    (re.compile(r"out of memory|bad_alloc", re.IGNORECASE), FailureCode.OUT_OF_MEMORY),
    (
        re.compile(r"delegate was not applied|CPU fallback|full delegation|Failed to apply "),
        FailureCode.ACCELERATOR_MISSING,
    ),
    (re.compile(r"not executable:"), FailureCode.ENGINE_WRONG_ABI),
    (re.compile(r"cannot locate symbol"), FailureCode.ENGINE_TOO_OLD),
    (re.compile(r"library \".{1,80}\" not found"), FailureCode.ENGINE_MISSING),
    (re.compile(r"failed to prepare|allocate tensors|Failed to (?:construct|compile|create)"),
     FailureCode.MODEL_REFUSED),
    (re.compile(r"Failed to load "), FailureCode.MODEL_MISSING),
)  # fmt: skip
"""The first that a cause matches; any other cause is that of an inference."""


def runner_events(run: BenchmarkRun, t_ns: int = 0) -> list[RunnerEvent]:
    """Return what a runner would have said of this run after its hello.

    A run whose log was cut has no last event, like any stream that is cut. `t_ns` is when the run
    was over on the device's clock, which the log does not tell. `Aggregate.runs` is 0 where the log
    tells a mean but not of how many.
    """
    return list(_events(run, t_ns))


def _events(run: BenchmarkRun, t_ns: int) -> Iterator[RunnerEvent]:
    if run.init_ns is not None and run.first_inference_ns is not None:
        yield Loaded(t_ns, run.init_ns, run.first_inference_ns)
    if run.placement.asked or run.placement.parts:
        yield run.placement
    if run.inference is not None:
        yield _aggregate(run.inference, run.warmup)
    if (profile := _profile(run)) is not None:
        yield profile
    if run.status is RunStatus.OK:
        yield End(t_ns, 0, 0, is_stopped=False)
    elif run.status is RunStatus.FAILED:
        yield RunnerError(failure_code(run.cause), run.cause)


def failure_code(cause: str) -> FailureCode:
    """Return the named cause of what the tool printed when it failed."""
    found = (code for pattern, code in _CODES if pattern.search(cause))
    return next(found, FailureCode.RUN_FAILED)


def _aggregate(inference: LatencyStats, warmup: LatencyStats | None) -> Aggregate:
    return Aggregate(
        runs=inference.count or 0,
        mean_ns=inference.mean_ns,
        sd_ns=inference.std_ns,
        min_ns=inference.min_ns,
        max_ns=inference.max_ns,
        p5_ns=inference.p5_ns,
        p50_ns=inference.median_ns,
        p95_ns=inference.p95_ns,
        first_ns=inference.first_ns,
        warmup_runs=warmup.count if warmup else None,
        warmup_mean_ns=warmup.mean_ns if warmup else None,
    )


def _profile(run: BenchmarkRun) -> Profile | None:
    """Return the times per type of op; None when the run was not profiled, or its table was cut."""
    options = {key.strip().lower(): value for key, value in run.parameters}
    ops = op_times(run.profiles, options)
    return Profile(_profiled_runs(run.profiles), ops) if ops else None


def _profiled_runs(profiles: tuple[OpProfile, ...]) -> int:
    """Return how many inferences were profiled; 0 when the table does not say."""
    totals = (p.total for p in profiles if p.phase is ProfilePhase.INFERENCE and not p.graph)
    return next((total.count or 0 for total in totals if total is not None), 0)
