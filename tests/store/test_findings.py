"""What a runner says beside samples: placement, op times, control run, eval set, totals, causes."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from labtui.core.events import AlarmRaised, BenchEvent, DeviceEnded, Outcome
from labtui.core.history import OpTimeRow
from labtui.core.model import EngineOptions, LaunchUid
from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement
from labtui.core.plan import LaunchSpec
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import Aggregate, Control, Profile, RunnerError
from labtui.failure import FailureCode
from labtui.store import Store
from tests.store.bench_events import (
    CONTROL_NS,
    LAUNCH,
    PHONE,
    PROFILED,
    SESSION,
    launch_ended,
    launch_started,
    reported,
    samples,
    session_started,
    variant,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
ON_GPU = Placement("gpu", (PlacedPart("gpu", "GPU", 64),), 1)
ON_BOTH = Placement("gpu", (PlacedPart("gpu", "GPU", 61), PlacedPart("cpu", "", 3)), 2)
ON_CPU = Placement("gpu", (PlacedPart("cpu", "XNNPACK", 64),))
SAYS_NOTHING = Placement("gpu")
STATES = Placement("gpu", (PlacedPart("gpu", "GPU"),), stated=Coverage.PARTIAL)


@pytest.mark.parametrize(
    ("placement", "coverage", "text"),
    [
        (ON_GPU, Coverage.FULL, "gpu GPU 64"),
        (ON_BOTH, Coverage.PARTIAL, "gpu GPU 61 + cpu 3"),
        (ON_CPU, Coverage.NONE, "cpu XNNPACK 64"),
        (STATES, Coverage.PARTIAL, "gpu GPU"),
        (SAYS_NOTHING, Coverage.UNKNOWN, ""),
    ],
)
def test_a_launch_says_where_it_ran(
    store: Store, record: Record, placement: Placement, coverage: Coverage, text: str
) -> None:
    record([session_started(), launch_started(), reported(placement)])
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    assert (coverage, text) == (launch.coverage, launch.placement)
    assert (coverage, text) == (result.coverage, result.placement)


def launches(*placements: Placement) -> list[BenchEvent]:
    events: list[BenchEvent] = [session_started()]
    for index, placement in enumerate(placements):
        launch = LaunchUid(f"01L{index:03d}")
        events += [
            launch_started(launch, spec=LaunchSpec(index, 0, 0)),
            reported(placement, launch),
            launch_ended([5], launch),
        ]
    return events


@pytest.mark.parametrize(
    ("placements", "coverage", "text"),
    [
        ([ON_GPU, SAYS_NOTHING], Coverage.FULL, "gpu GPU 64"),
        ([ON_BOTH, ON_GPU], Coverage.PARTIAL, "gpu GPU 61 + cpu 3"),
        ([ON_GPU, ON_CPU, ON_BOTH], Coverage.NONE, "cpu XNNPACK 64"),
        ([], Coverage.UNKNOWN, ""),
    ],
)
def test_one_launch_that_fell_back_is_not_hidden_by_the_others(
    store: Store, record: Record, placements: list[Placement], coverage: Coverage, text: str
) -> None:
    record(launches(*placements))
    (result,) = store.history.results(SESSION)
    assert (coverage, text) == (result.coverage, result.placement)


def test_parts_have_their_ops_and_their_share_of_the_time(record: Record, query: Query) -> None:
    sql = "select position, unit, delegate, ops, time_share from placement_part"
    record([session_started(), launch_started(), reported(ON_BOTH)])
    assert [(0, "gpu", "GPU", 61, None), (1, "cpu", "", 3, None)] == query(sql)
    record([reported(Profile(5, PROFILED)), reported(ON_CPU)])
    assert [(0, "cpu", "XNNPACK", 64, 0.0)] == query(sql)
    record([reported(ON_BOTH)])
    assert [(0, "gpu", "GPU", 61, 0.75), (1, "cpu", "", 3, 0.25)] == query(sql)


def test_op_times_come_back_in_order(store: Store, record: Record, query: Query) -> None:
    record(whole_session())
    assert [
        OpTimeRow(LAUNCH, 0, PROFILED[0], 0.75),
        OpTimeRow(LAUNCH, 1, PROFILED[1], 0.25),
    ] == list(store.history.op_times([SESSION]))
    assert [(5,)] == query("select profile_runs from launch")


def test_a_profile_that_took_no_time_has_no_shares(store: Store, record: Record) -> None:
    op = OpTime("ADD", "cpu", "", 1, 0.0)
    record([session_started(), launch_started(), reported(Profile(1, (op,)))])
    assert [OpTimeRow(LAUNCH, 0, op, None)] == list(store.history.op_times())


def test_the_control_run_is_kept_whole(store: Store, record: Record, query: Query) -> None:
    record([*whole_session(), reported(Control(1, "cpu", "", ()), LaunchUid("nobody"))])
    assert [("cpu", "XNNPACK", 3, 310.0, "[300,320,310]")] == query(
        "select unit, delegate, n, p50_ns, latency_ns from control"
    )
    assert sum(CONTROL_NS) == query("select sum(value) from control, json_each(latency_ns)")[0][0]
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    assert ("cpu", 310.0, 310.0) == (
        launch.control_unit,
        launch.control_p50_ns,
        result.control_p50_ns,
    )


def test_an_eval_set_is_kept(record: Record, query: Query) -> None:
    record(whole_session())
    assert [(10, 1_200, "/data/y.0.npy")] == query(
        "select items, busy_ns, files ->> '$[0].path' from evaluation"
    )


TOTALS = Aggregate(50, 2_000.0, 10.0, 1_000.0, 3_000.0, 1_100.0, 1_900.0, 2_900.0, 5_000.0, 3, 99.0)


def test_totals_never_become_samples(store: Store, record: Record, query: Query) -> None:
    record([session_started(), launch_started(), reported(TOTALS), launch_ended([])])
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    assert (TOTALS, None, True) == (launch.aggregate, launch.summary, launch.is_aggregate)
    assert (True, 50, 0) == (result.is_aggregate, result.aggregate_runs, result.samples)
    assert (1_900.0, None, 2_000.0) == (result.p50_ns, result.p90_ns, result.mean_ns)
    assert [] == query("select * from launch_stat") == list(store.history.samples())


def test_a_median_that_was_not_told_stays_unknown(
    store: Store, record: Record, query: Query
) -> None:
    record([session_started(), launch_started(), reported(Aggregate(0, 7.0)), launch_ended([])])
    (result,) = store.history.results(SESSION)
    assert (None, 7.0, 0) == (result.p50_ns, result.mean_ns, result.aggregate_runs)
    assert [(None,)] == query("select runs from aggregate")
    (launch,) = store.history.launches()
    assert Aggregate(0, 7.0) == launch.aggregate


def test_medians_skip_launches_that_do_not_tell_theirs(store: Store, record: Record) -> None:
    events: list[BenchEvent] = [session_started()]
    for index, p50_ns in enumerate((None, 30.0, 10.0, 20.0)):
        launch = LaunchUid(f"01L{index}")
        events += [
            launch_started(launch, spec=LaunchSpec(index, 0, 0)),
            reported(Aggregate(5, 100.0 * index, p50_ns=p50_ns), launch),
            launch_ended([], launch),
        ]
    record(events)
    (result,) = store.history.results(SESSION)
    assert (20.0, 150.0, 20.0, 20) == (
        result.p50_ns,
        result.mean_ns,
        result.spread_ns,
        result.aggregate_runs,
    )


def test_samples_of_a_runner_are_no_totals(store: Store, record: Record) -> None:
    record(whole_session())
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    assert (None, False, False) == (launch.aggregate, launch.is_aggregate, result.is_aggregate)


def test_engine_options_are_kept(store: Store, record: Record) -> None:
    engine = EngineOptions("cpu", 4, affinity=0xF0, xnnpack=False)
    planned = replace(variant(), engine=engine)
    record([session_started(variants=[planned]), launch_started()])
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    for row in (launch, result):
        assert (0xF0, False, 4) == (row.affinity, row.xnnpack, row.threads)
    assert engine == store.history.plan(SESSION).plan.variants[0].engine


def test_causes_have_their_names(store: Store, record: Record, query: Query) -> None:
    gone, memory = FailureCode.DEVICE_GONE, FailureCode.OUT_OF_MEMORY
    record([session_started(), launch_started(), reported(RunnerError(memory, "x"))])
    assert [("out_of_memory",)] == query("select error_code from launch")
    record([launch_ended([], outcome=Outcome.FAILED, cause="It left.", code=gone)])
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    assert (gone, gone) == (launch.code, result.code)


def test_a_device_has_its_cause_too(store: Store, record: Record) -> None:
    busy = DeviceEnded(PHONE, Outcome.FAILED, "Held.", FailureCode.DEVICE_BUSY)
    record([session_started(), busy])
    (result,) = store.history.results(SESSION)
    assert (FailureCode.DEVICE_BUSY, "Held.") == (result.code, result.cause)


def test_a_cause_of_another_version_is_internal(store: Store, record: Record, query: Query) -> None:
    record([session_started(), launch_started()])
    query("update launch set error_code = 'moon_phase' returning id")
    query("commit")
    (launch,) = store.history.launches()
    assert FailureCode.INTERNAL is launch.code


def test_alarms_stay_with_their_launch_and_result(
    store: Store, record: Record, query: Query
) -> None:
    record(whole_session())
    (launch,) = store.history.launches()
    assert () == launch.alarms
    kinds = (AlarmKind.LIKE_CONTROL, AlarmKind.SLOWER_THAN_HISTORY)
    record(AlarmRaised(LAUNCH, PHONE, kind, f"It is {kind}.") for kind in kinds)
    (launch,), (result,) = store.history.launches(), store.history.results(SESSION)
    texts = ("It is like_control.", "It is slower_than_history.")
    assert texts == launch.alarms == result.alarms
    assert [("like_control",), ("slower_than_history",)] == query("select kind from alarm")


def test_deleting_a_session_deletes_what_was_found_out(record: Record, query: Query) -> None:
    record([*whole_session(), AlarmRaised(LAUNCH, PHONE, AlarmKind.LIKE_CONTROL, "x")])
    query("pragma foreign_keys = on")
    query("delete from session returning uid")
    assert [(0, 0, 0, 0)] == query(
        "select (select count(*) from op_time), (select count(*) from control),"
        " (select count(*) from evaluation), (select count(*) from alarm)"
    )


def test_a_second_control_run_is_refused_and_stops_no_other(store: Store) -> None:
    with store.recorder() as recorder:
        events = [*whole_session(), reported(Control(1, "cpu", "", (1,))), samples([5], 6, 10**9)]
        for event in events:
            recorder.record(event)
    assert "1 events did not fit into the history and were left out." == recorder.trouble
    assert 7 == len(list(store.history.samples()))
