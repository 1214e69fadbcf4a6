"""Imports: a session of their own, labelled, whole or not at all, each file once."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.core.events import BenchEvent, LaunchStarted, Outcome, SessionStarted
from labtui.core.imported import ImportedAs, ImportedFile, session_events
from labtui.core.logs.benchmark_model import (
    BenchmarkLog,
    BenchmarkRun,
    LatencyStats,
    RunStatus,
    parse_benchmark_model,
)
from labtui.core.model import Digest, LaunchUid, SessionUid
from labtui.errors import StoreError, UsageError
from labtui.store import Store, open_store, sessions
from labtui.store.imports import keep_import
from tests.core.logs.benchmark_logs import NNAPI_FAILED, XNNPACK_37_OF_40, classic
from tests.store.bench_events import whole_session
from tests.store.conftest import Query

FILE = ImportedFile("run.txt", Digest("d" * 64), "benchmark_model", "benchmark_model", "", 1_000)
RUN = BenchmarkRun(RunStatus.OK, graph="/data/net.int8.tflite", inference=LatencyStats(5_000, 50))


def events(prefix: str = "01I") -> list[BenchEvent]:
    uids = (f"{prefix}{number}" for number in itertools.count())
    return session_events(BenchmarkLog((RUN,)), FILE, ImportedAs("Mi 11"), lambda: next(uids))


def test_an_import_is_a_labelled_session(store: Store, query: Query) -> None:
    assert keep_import(store.path, FILE, events()) is None
    (session,), (launch,) = store.history.sessions(), store.history.launches()
    (result,) = store.history.results(session.session)
    assert (True, True, True) == (session.is_imported, launch.is_imported, result.is_imported)
    assert (Outcome.DONE, "run.txt", "imported") == (session.outcome, session.name, session.preset)
    assert ("Mi 11", "net", "int8") == (result.device_name, result.model, result.recipe)
    assert (True, 50, 5_000.0) == (result.is_aggregate, result.aggregate_runs, result.mean_ns)
    assert [
        ("01I0", "run.txt", "d" * 64, "benchmark_model", 1_000, "benchmark_model", "")
    ] == query(
        "select session, file_name, sha256, format, imported_us, tool, tool_version from import"
    )
    assert [(None, None, None)] == query("select runner_pid, mono_ns, boot_ns from launch")
    assert [("imported:Mi 11", "imported")] == query("select id, platform from device")


def test_what_was_measured_here_is_not_imported(store: Store) -> None:
    with store.recorder() as recorder:
        for event in whole_session():
            recorder.record(event)
    (session,), (launch,) = store.history.sessions(), store.history.launches()
    assert (False, False) == (session.is_imported, launch.is_imported)


def test_a_file_is_imported_once(store: Store) -> None:
    keep_import(store.path, FILE, events())
    assert "01I0" == keep_import(store.path, replace(FILE, name="copy.txt"), events("01J"))
    assert 1 == len(store.history.sessions())


def test_once_deleted_it_can_be_imported_again(store: Store, query: Query) -> None:
    keep_import(store.path, FILE, events())
    sessions.delete(store.path, SessionUid("01I0"))
    assert [] == query("select * from import")
    assert keep_import(store.path, FILE, events("01J")) is None


def test_an_import_that_does_not_fit_leaves_nothing(store: Store, query: Query) -> None:
    stray = [
        replace(event, launch=LaunchUid("01I0"), session=SessionUid("nobody"))
        if isinstance(event, LaunchStarted)
        else event
        for event in events()
    ]
    assert isinstance(stray[0], SessionStarted)
    with pytest.raises(StoreError, match=r"run\.txt cannot be kept"):
        keep_import(store.path, FILE, stray)
    assert ([], []) == (store.history.sessions(), query("select * from device"))


def test_nothing_is_left_to_recover_or_to_resume(store: Store) -> None:
    keep_import(store.path, FILE, events())
    assert () == open_store(store.path).interrupted
    with pytest.raises(UsageError, match="01I0 was imported from a log"):
        store.history.plan(SessionUid("01I0"))


def test_a_writer_at_work_is_not_in_the_way(store: Store) -> None:
    with store.recorder() as recorder:
        for event in whole_session():
            recorder.record(event)
        assert keep_import(store.path, FILE, events()) is None
    assert 2 == len(store.history.sessions())


LOG = classic(XNNPACK_37_OF_40) + NNAPI_FAILED
NUMBERS = itertools.count()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(LOG)), st.integers(0, len(LOG)), st.text(max_size=20))
def test_whatever_is_left_of_a_log_can_be_kept(
    store: Store, start: int, end: int, noise: str
) -> None:
    log = parse_benchmark_model(LOG[:start] + noise + LOG[min(start, end) :])
    if log.runs:
        prefix = f"01{next(NUMBERS):06d}"
        uids = (f"{prefix}{number:03d}" for number in itertools.count())
        file = replace(FILE, sha256=Digest(prefix))
        found = session_events(log, file, ImportedAs(noise or "x"), lambda: next(uids))
        assert keep_import(store.path, file, found) is None
        session = store.history.sessions(1)[0].session
        assert len(log.runs) == sum(row.launches for row in store.history.results(session))
