"""The fold of devices and events into what the screens show."""

import pytest

from labtui.core.events import (
    AlarmRaised,
    DeviceEnded,
    GateShut,
    GateWaited,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    PushProgressed,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import DeviceId, DeviceState, EngineOptions, LaunchUid
from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant
from labtui.core.plausibility import AlarmKind
from labtui.core.presets import PRESETS
from labtui.core.protocol import (
    Aggregate,
    Control,
    Loaded,
    Log,
    Profile,
    RunnerError,
    RunnerEvent,
    Samples,
)
from labtui.core.stats import summarise
from labtui.failure import FailureCode
from labtui.tui.log import KEEP_LINES
from labtui.tui.log import Log as LogLines
from labtui.tui.runstate import Phase
from labtui.tui.state import BenchState
from labtui.tui.theme import Tone
from labtui.tui.views.live_results import live_results
from tests.tui.fakes import SESSION, START_US, phones, reading, script, unready, variant

LAUNCH = LaunchUid("L1")
ID = phones(1)[0].id


def plan_for(*recipes: str, devices: tuple[DeviceId, ...] = (ID,)) -> Plan:
    planned = tuple(PlannedVariant(variant(recipe), EngineOptions()) for recipe in recipes)
    return Plan("plan", planned, devices, PRESETS["quick"])


@pytest.fixture
def state() -> BenchState:
    """Two phones; a session of two variants has just started on the first."""
    fresh = BenchState(LogLines(lambda: "12:00:00"))
    fresh.see(phones(2))
    plan = plan_for("fp32", "full8")
    fresh.apply(SessionStarted(SESSION, plan, phones(1), START_US), 0.0)
    return fresh


def start(state: BenchState, index: int = 0, variant_index: int = 0) -> None:
    spec = LaunchSpec(index, variant_index, 0)
    state.apply(LaunchStarted(LAUNCH, SESSION, ID, spec, START_US), 1.0)


def samples(*ms: float, first: int = 0, t0_ns: int = 10**9, is_warmup: bool = False) -> Samples:
    return Samples(first, t0_ns, tuple(round(value * 1e6) for value in ms), is_warmup)


def test_arrivals_and_departures_are_logged() -> None:
    state = BenchState(LogLines(lambda: "12:00:00"))
    state.see((unready(DeviceState.UNAUTHORIZED, "Unlock it."),))
    state.see(())
    assert ["unauthorized. Unlock it.", "left the bench."] == [
        line.text for line in state.log.lines
    ]


def test_the_same_list_again_logs_nothing() -> None:
    state = BenchState(LogLines(lambda: "12:00:00"))
    state.see(phones(2))
    before = state.log.version
    state.see(phones(2))
    assert before == state.log.version


def test_without_marks_every_ready_phone_is_chosen() -> None:
    state = BenchState(LogLines(lambda: "12:00:00"))
    state.see((*phones(2), unready(DeviceState.OFFLINE, "Plug it in again.")))
    assert phones(2) == state.chosen
    state.marked = {phones(2)[1].id}
    assert phones(2)[1:] == state.chosen


def test_a_push_shows_its_progress(state: BenchState) -> None:
    digest = variant("fp32").digest
    state.apply(PushProgressed(ID, digest, 40, 100), 1.0)
    run = state.runs[ID]
    assert (Phase.PUSHING, 40, 100) == (run.phase, run.sent_bytes, run.total_bytes)
    state.apply(PushEnded(ID, digest, 100, 0.5, was_there=False), 1.5)
    assert Phase.WAITING is state.runs[ID].phase
    assert "pushed in 0.5 s" in state.log.lines[-1].text


def test_samples_move_on_the_host_clock_and_keep_their_spacing(state: BenchState) -> None:
    start(state)
    state.apply(SamplesArrived(LAUNCH, ID, samples(100, 100, t0_ns=5 * 10**9)), 50.02)
    state.apply(SamplesArrived(LAUNCH, ID, samples(100, first=2, t0_ns=6 * 10**9)), 51.9)
    bins = dict(state.trace(ID).bins)
    assert [round(t_s / 0.05) for t_s in (49.8, 49.9, 50.8)] == sorted(bins)


def test_a_block_that_waits_is_shown_and_logged(state: BenchState) -> None:
    start(state)
    state.apply(GateShut(ID, 0, ("its battery is at 3 %",)), 1.0)
    assert Phase.WAITING is state.runs[ID].phase
    assert "waiting: its battery is at 3 %" == state.log.lines[-1].text
    state.apply(GateWaited(ID, 0, 4.0, ()), 5.0)
    assert "block 0 waited 4 s until the device was fit" == state.log.lines[-1].text


def test_warm_up_samples_are_plotted_but_not_in_the_p50(state: BenchState) -> None:
    start(state)
    state.apply(SamplesArrived(LAUNCH, ID, samples(90, is_warmup=True)), 1.0)
    assert Phase.WARMING_UP is state.runs[ID].phase
    state.apply(SamplesArrived(LAUNCH, ID, samples(9, 10, 11, first=1)), 1.2)
    state.refresh_medians()
    assert (Phase.MEASURING, 10e6) == (state.runs[ID].phase, state.runs[ID].p50_ns)


def test_progress_counts_launches_and_the_share_of_the_present_one(state: BenchState) -> None:
    start(state, index=2)
    state.apply(SamplesArrived(LAUNCH, ID, samples(*[500.0] * 2)), 3.0)
    assert pytest.approx((2 + 0.5) / 4) == state.runs[ID].share_done
    state.apply(DeviceEnded(ID, Outcome.DONE, ""), 4.0)
    assert 1.0 == state.runs[ID].share_done


def test_throttling_is_a_state_of_its_own(state: BenchState) -> None:
    start(state)
    state.apply(SamplesArrived(LAUNCH, ID, samples(9)), 1.0)
    state.apply(ReadingTaken(LAUNCH, ID, None, reading(44.0, status=2)), 1.1)
    assert "▲ throttled" == str(state.runs[ID].sign)
    assert 44.0 == state.trace(ID).heat[-1].temp_c


@pytest.mark.parametrize(
    ("outcome", "sign"),
    [(Outcome.DONE, "✔ done"), (Outcome.STOPPED, "■ stopped"), (Outcome.FAILED, "✖ failed")],
)
def test_how_a_device_ended(state: BenchState, outcome: Outcome, sign: str) -> None:
    state.apply(DeviceEnded(ID, outcome, "The cable was pulled."), 5.0)
    assert sign == str(state.runs[ID].sign)
    assert "The cable was pulled." in state.log.lines[-1].text


def test_results_are_medians_over_launches(state: BenchState) -> None:
    for index, ms in enumerate((10, 30, 20)):
        start(state, index=index)
        summary = summarise([ms * 10**6])
        state.apply(LaunchEnded(LAUNCH, ID, Outcome.DONE, "", summary, START_US), 2.0)
    start(state, index=3, variant_index=1)
    failed = LaunchEnded(LAUNCH, ID, Outcome.FAILED, "The engine refused it.", None, START_US)
    state.apply(failed, 3.0)
    first, second = live_results(state)
    assert (20e6, 20e6, 3, 3) == (first.p50_ns, first.spread_ns, first.launches, first.samples)
    assert (None, 1, "The engine refused it.") == (second.p50_ns, second.failed, second.cause)


def test_the_runner_speaks_in_the_log(state: BenchState) -> None:
    state.apply(RunnerReported(LAUNCH, ID, Log("warn", "\x1b[31mhot\x1b[0m")), 1.0)
    state.apply(RunnerReported(LAUNCH, ID, RunnerError(FailureCode.RUN_FAILED, "no memory")), 1.0)
    assert ["\ufffd[31mhot\ufffd[0m", "no memory"] == [
        line.text for line in list(state.log.lines)[-2:]
    ]


def test_the_log_keeps_its_last_lines(state: BenchState) -> None:
    for number in range(1000):
        state.log.add("info", "x", f"line {number}")
    assert KEEP_LINES == len(state.log.lines)
    assert "line 999" == state.log.lines[-1].text


def test_events_of_unknown_devices_are_ignored(state: BenchState) -> None:
    state.apply(DeviceEnded(DeviceId("android:other"), Outcome.FAILED, "?"), 1.0)
    assert [ID] == list(state.runs)


def test_a_new_session_starts_with_empty_plots(state: BenchState) -> None:
    start(state)
    state.apply(SamplesArrived(LAUNCH, ID, samples(9)), 1.0)
    state.apply(SessionEnded(SESSION, Outcome.DONE, START_US), 2.0)
    assert not state.is_running
    state.apply(SessionStarted(SESSION, plan_for("fp32"), phones(1), START_US), 3.0)
    assert state.is_running
    assert state.trace(ID).bins.newest is None


def test_a_whole_scripted_session_ends_with_a_result_for_each_variant() -> None:
    state = BenchState(LogLines(lambda: "12:00:00"))
    state.see(phones(3))
    plan = plan_for("fp32", "full8", devices=tuple(p.id for p in phones(3)))
    for t_s, event in script(plan, phones(3)):
        state.apply(event, 100 + t_s)
    assert Outcome.DONE is state.outcome
    assert 6 == len(live_results(state))
    assert all(row.p50_ns and row.launches == 2 for row in live_results(state))


def report(state: BenchState, *events: RunnerEvent) -> None:
    for event in events:
        state.apply(RunnerReported(LAUNCH, ID, event), 1.1)


FELL_BACK = Placement("gpu", (PlacedPart("cpu", "XNNPACK", 69), PlacedPart("cpu", "", 1)))


def test_a_silent_fallback_is_loud_on_the_board_and_in_the_log(state: BenchState) -> None:
    start(state)
    report(state, Loaded(1, 2, 3), FELL_BACK)
    state.apply(SamplesArrived(LAUNCH, ID, samples(1.0)), 1.2)
    sign = state.runs[ID].sign
    assert ("fell back", Tone.BAD) == (sign.word, sign.tone)
    last = list(state.log.lines)[-1]
    assert "error" == last.level
    assert "gpu was asked for, the variant runs on cpu XNNPACK 69 + cpu 1" in last.text


def test_what_ran_where_was_asked_is_not_worth_a_line(state: BenchState) -> None:
    start(state)
    before = state.log.version
    report(state, Placement("cpu", FELL_BACK.parts))
    assert before == state.log.version


def test_what_the_runner_says_after_measuring_belongs_to_the_variant(state: BenchState) -> None:
    start(state, variant_index=1)
    profile = Profile(2, (OpTime("CONV_2D", "cpu", "XNNPACK", 1, 5.0),))
    totals = Aggregate(50, 2e6, p50_ns=1.5e6)
    report(state, Control(5, "cpu", "", (3, 9, 4)), Control(6, "cpu", "", ()), profile, totals)
    tally = state.runs[ID].variant_runs[1]
    assert (4, profile, totals) == (tally.control_p50_ns, tally.profile, tally.totals)
    assert 1.5e6 == state.runs[ID].p50_ns


def test_a_failed_launch_leaves_its_named_cause(state: BenchState) -> None:
    start(state)
    code = FailureCode.ENGINE_TOO_OLD
    state.apply(LaunchEnded(LAUNCH, ID, Outcome.FAILED, "Too old.", None, START_US, code), 2.0)
    assert (code, "Too old.") == (state.runs[ID].variant_run.code, state.runs[ID].variant_run.cause)


def test_an_alarm_stays_with_its_variant(state: BenchState) -> None:
    start(state, variant_index=1)
    text = "1.9 x slower than its own history."
    state.apply(AlarmRaised(LAUNCH, ID, AlarmKind.SLOWER_THAN_HISTORY, text), 2.0)
    assert [text] == state.runs[ID].variant_runs[1].alarms
    assert f"B full8: {text}" == list(state.log.lines)[-1].text


def test_live_results_tell_totals_and_where_they_ran(state: BenchState) -> None:
    start(state)
    report(state, FELL_BACK, Aggregate(50, 2e6, p50_ns=1.5e6))
    (row,) = live_results(state)
    assert (True, 50, 1.5e6, 2e6) == (
        row.is_aggregate, row.aggregate_runs, row.p50_ns, row.mean_ns,
    )  # fmt: skip
    assert (Coverage.NONE, "cpu XNNPACK 69 + cpu 1") == (row.coverage, row.placement)
