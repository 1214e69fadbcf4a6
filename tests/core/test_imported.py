"""A log of another tool becomes a session that nobody can take for a measurement of this bench."""

import itertools

import pytest

from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    RunnerReported,
    SessionEnded,
    SessionStarted,
)
from labtui.core.imported import ImportedAs, ImportedFile, session_events
from labtui.core.logs.benchmark_model import BenchmarkLog, BenchmarkRun, LatencyStats, RunStatus
from labtui.core.model import Digest, EngineOptions, Platform
from labtui.core.placement import Coverage, Placement
from labtui.core.protocol import Aggregate, Hello, Samples
from labtui.failure import FailureCode

FILE = ImportedFile("a.txt", Digest("d" * 64), "benchmark_model", "benchmark_model", "", 7)
GOOD = BenchmarkRun(
    RunStatus.OK,
    graph="/data/local/tmp/net.int8.tflite",
    parameters=(("Num threads", "4"),),
    model_bytes=12_000,
    inference=LatencyStats(5_000, 50),
    placement=Placement("gpu", stated=Coverage.FULL),
)
CUT = BenchmarkRun(RunStatus.INCOMPLETE, "The log ends early.")
FAILED = BenchmarkRun(RunStatus.FAILED, "Failed to allocate tensors", graph="/x/other.tflite")


def imported(*runs: BenchmarkRun, tags: tuple[str, ...] = ()) -> list[BenchEvent]:
    numbers = itertools.count()
    known = ImportedAs("Mi\x1b 11", tags)
    return session_events(BenchmarkLog(runs), FILE, known, lambda: f"u{next(numbers):03d}")


def started(*runs: BenchmarkRun) -> SessionStarted:
    event = imported(*runs)[0]
    assert isinstance(event, SessionStarted)
    return event


def test_each_run_is_a_launch_told_in_totals() -> None:
    events = imported(GOOD, GOOD)
    kinds = [type(e.event if isinstance(e, RunnerReported) else e).__name__ for e in events]
    launch = ["LaunchStarted", "Hello", "Placement", "Aggregate", "End", "LaunchEnded"]
    assert ["SessionStarted", *launch, *launch, "DeviceEnded", "SessionEnded"] == kinds
    said = [e.event for e in events if isinstance(e, RunnerReported)]
    assert not [event for event in said if isinstance(event, Samples)]
    assert ["benchmark_model"] * 2 == [e.runner for e in said if isinstance(e, Hello)]
    assert [50, 50] == [e.runs for e in said if isinstance(e, Aggregate)]


def test_launches_sort_as_the_log_has_them() -> None:
    backwards = iter(f"u{9 - number}" for number in range(9))
    events = session_events(
        BenchmarkLog((GOOD, CUT, FAILED)), FILE, ImportedAs("x"), lambda: next(backwards)
    )
    launches = [e for e in events if isinstance(e, LaunchStarted)]
    assert [e.launch for e in launches] == sorted(e.launch for e in launches)
    assert [(0, 0), (1, 1), (2, 2)] == [(e.spec.index, e.spec.variant_index) for e in launches]


def test_the_device_is_only_a_name() -> None:
    (device,) = started(GOOD).devices
    assert ("imported:Mi\ufffd 11", Platform.IMPORTED) == (device.id, device.platform)
    assert "Mi\ufffd 11" == device.name
    assert device.facts is not None
    assert not device.facts.is_virtual


def test_a_variant_is_what_the_log_tells_of_it() -> None:
    (planned,) = started(GOOD, GOOD).plan.variants
    variant = planned.variant
    assert ("net", "int8", 12_000) == (variant.model, variant.recipe, variant.size_bytes)
    assert EngineOptions("gpu", 4) == planned.engine


def test_what_a_log_does_not_tell_is_unknown() -> None:
    (planned,) = started(CUT).plan.variants
    assert ("unknown model", "", 0) == (
        planned.variant.model,
        planned.variant.recipe,
        planned.variant.size_bytes,
    )
    assert EngineOptions("unknown", 0) == planned.engine


def test_xnnpack_that_was_switched_off_is_told() -> None:
    run = BenchmarkRun(RunStatus.OK, parameters=(("Use xnnpack", "0"),))
    assert not started(run).plan.variants[0].engine.xnnpack


def test_a_file_that_nobody_has_gets_no_digest_of_a_file() -> None:
    digests = [planned.variant.digest for planned in started(GOOD, CUT, FAILED).plan.variants]
    assert 3 == len(set(digests))
    assert all(digest.startswith("unknown-") and len(digest) < 64 for digest in digests)
    (same,) = started(GOOD).plan.variants
    assert digests[0] == same.variant.digest


@pytest.mark.parametrize(
    ("runs", "outcome", "cause", "code"),
    [
        ([GOOD], Outcome.DONE, "", None),
        ([GOOD, CUT], Outcome.FAILED, "The log ends early.", FailureCode.LOG_CUT),
        (
            [FAILED, GOOD],
            Outcome.FAILED,
            "The engine refused the variant: Failed to allocate tensors.",
            FailureCode.MODEL_REFUSED,
        ),
    ],
)
def test_the_session_ends_as_its_runs_did(
    runs: list[BenchmarkRun], outcome: Outcome, cause: str, code: FailureCode | None
) -> None:
    *_, device, session = imported(*runs)
    assert isinstance(device, DeviceEnded)
    assert isinstance(session, SessionEnded)
    assert (outcome, cause, code) == (device.outcome, device.cause, device.code)
    assert outcome is session.outcome


def test_a_run_that_failed_keeps_its_cause_and_no_numbers() -> None:
    (ended,) = (e for e in imported(FAILED) if isinstance(e, LaunchEnded))
    assert (Outcome.FAILED, None, 7) == (ended.outcome, ended.summary, ended.ended_us)


def test_tags_go_into_the_plan() -> None:
    event = imported(GOOD, tags=("paper",))[0]
    assert isinstance(event, SessionStarted)
    assert ("paper",) == event.plan.tags
    assert "a.txt" == event.plan.name
