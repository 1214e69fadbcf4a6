"""Checks and evaluations as the screens see them while they run."""

from pathlib import Path

import pytest

from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
from labtui.core.events import (
    AccuracyUpdated,
    AlarmRaised,
    BenchEvent,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    RunnerReported,
    SamplesArrived,
    SessionStarted,
)
from labtui.core.events import Scored as ScoredEvent
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import LaunchUid
from labtui.core.plan import LaunchSpec, Purpose
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import Loaded, Samples
from labtui.core.stats import summarise
from labtui.failure import FailureCode
from labtui.tui.log import Log
from labtui.tui.runstate import BROKEN, DeviceRun, Phase
from labtui.tui.state import BenchState
from labtui.tui.theme import Tone
from labtui.tui.views.board import board_rows, plan_cell
from labtui.tui.views.live_results import live_results
from labtui.tui.views.plot_title import plot_title
from tests.eval_sets import eval_set
from tests.tui.fakes import SESSION, START_US, FakeEvalSets, phones
from tests.tui.test_views import plan_of

LAUNCH = LaunchUid("L")
PHONE = phones(1)[0]
SET = eval_set("mobilenet_v2", count=1_000, name="pairs100")
FINE = Score(SET.digest, Tally(8, 8, 8), Golden(8, 38.5, 8), Health.OK)
WRONG = Score(SET.digest, Tally(8, 0, 1), Golden(8, 0.2, 1), Health.UNLIKE_REFERENCE)


@pytest.fixture
def state() -> BenchState:
    """A session of two variants that are checked and scored has just started."""
    fresh = BenchState(Log(lambda: "12:00:00"))
    fresh.see((PHONE,))
    sets = FakeEvalSets(SET)
    plan = sets.assign(plan_of("fp32", "full8"), Path(SET.folder))
    fresh.apply(SessionStarted(SESSION, plan, (PHONE,), START_US), 0.0)
    return fresh


def play(state: BenchState, *events: BenchEvent) -> DeviceRun:
    for event in events:
        state.apply(event, 1.0)
    return state.runs[PHONE.id]


def started(purpose: Purpose, variant_index: int = 0) -> tuple[BenchEvent, BenchEvent]:
    spec = LaunchSpec(0, variant_index, 0, purpose)
    loaded = Loaded(10**9, init_ns=10**6, first_ns=10**6)
    return (
        LaunchStarted(LAUNCH, SESSION, PHONE.id, spec, START_US),
        RunnerReported(LAUNCH, PHONE.id, loaded),
    )


def updated(items: int, right: int, of_items: int = 1_000) -> AccuracyUpdated:
    return AccuracyUpdated(LAUNCH, PHONE.id, Tally(items, right, right), of_items)


def scored(score: Score) -> ScoredEvent:
    return ScoredEvent(LAUNCH, PHONE.id, score, Predictions((), (), ()))


def ended(outcome: Outcome = Outcome.DONE, *durations_ns: int) -> LaunchEnded:
    code = FailureCode.BAD_EVAL if outcome is Outcome.FAILED else None
    cause = "It has other classes." if code else ""
    return LaunchEnded(LAUNCH, PHONE.id, outcome, cause, summarise(durations_ns), START_US, code)


def result(state: BenchState, number: int = 0) -> ResultRow:
    return live_results(state)[number]


def title(state: BenchState, width: int) -> str:
    run = state.runs[PHONE.id]
    cells = plot_title(PHONE, run.sign, run, is_held=False, width=width)
    return "".join(cell.text for cell in cells)


@pytest.mark.parametrize(
    ("purpose", "phase", "mark"),
    [
        (Purpose.CHECK, Phase.CHECKING, "A fp32 check"),
        (Purpose.MEASURE, Phase.WARMING_UP, "A fp32"),
        (Purpose.EVALUATE, Phase.SCORING, "A fp32 score"),
    ],
)
def test_each_purpose_has_a_state_and_a_mark_of_its_own(
    state: BenchState, purpose: Purpose, phase: Phase, mark: str
) -> None:
    run = play(state, *started(purpose))
    assert (phase, phase.value) == (run.phase, run.sign)
    assert [mark] == [one.label for one in state.trace(PHONE.id).marks]


def test_items_are_progress_and_no_samples(state: BenchState) -> None:
    run = play(state, *started(Purpose.EVALUATE), updated(250, 230))
    assert 0.25 / run.launches == run.share_done
    assert state.trace(PHONE.id).bins.newest is None
    assert Tally(250, 230, 230) == result(state).tally
    assert ("pairs100", 0, None) == (
        result(state).eval_set, result(state).samples, result(state).p50_ns,
    )  # fmt: skip


def test_the_items_of_a_check_are_no_accuracy(state: BenchState) -> None:
    play(state, *started(Purpose.CHECK), updated(4, 4, of_items=4), scored(FINE), ended())
    assert (None, Numerics.OK, 38.5) == (
        result(state).tally, result(state).numerics, result(state).golden_snr_db,
    )  # fmt: skip


def test_a_broken_check_turns_everything_of_the_variant_red(state: BenchState) -> None:
    run = play(state, *started(Purpose.CHECK), scored(WRONG), ended())
    text = "The outputs are unlike those of the float model."
    play(state, AlarmRaised(LAUNCH, PHONE.id, AlarmKind.BROKEN_OUTPUTS, text))
    assert ("error", f"A fp32: {text}") == (
        state.log.lines[-1].level, state.log.lines[-1].text,
    )  # fmt: skip
    run = play(state, *started(Purpose.MEASURE))
    assert (BROKEN, frozenset({0})) == (run.sign, run.broken)
    assert Tone.BAD is plan_cell(run).tone
    assert "✖A fp32 BROKEN" == state.trace(PHONE.id).marks[-1].label
    assert "✖ BROKEN" in [cell.text for cell in board_rows(state)[0].cells]
    run = play(state, *started(Purpose.MEASURE, variant_index=1))
    assert run.sign is not BROKEN


def test_broken_once_is_broken(state: BenchState) -> None:
    play(state, *started(Purpose.CHECK), scored(WRONG), ended())
    play(state, *started(Purpose.EVALUATE), scored(FINE), ended())
    assert Numerics.BROKEN is result(state).numerics


def test_an_evaluation_that_failed_is_no_failed_measurement(state: BenchState) -> None:
    play(state, *started(Purpose.MEASURE), ended(Outcome.DONE, 10**6, 10**6))
    play(state, *started(Purpose.EVALUATE), ended(Outcome.FAILED))
    row = result(state)
    assert (0, 1, 1e6, FailureCode.BAD_EVAL) == (row.failed, row.launches, row.p50_ns, row.code)


def test_the_p50_beside_a_variant_is_its_own(state: BenchState) -> None:
    play(state, *started(Purpose.MEASURE), ended(Outcome.DONE, 2 * 10**6))
    run = play(state, *started(Purpose.MEASURE, variant_index=1))
    assert run.p50_ns is None
    batch = Samples(0, 10**9, (10**6,), is_warmup=False)
    play(state, SamplesArrived(LAUNCH, PHONE.id, batch))
    state.refresh_medians()
    assert 1e6 == run.p50_ns
    run = play(state, *started(Purpose.EVALUATE))
    assert 2e6 == run.p50_ns


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (99, " Pixel 7 Pro virtual  ● scoring  A fp32 93.1 % [91.1, 94.7] of 812/1,000"),
        (70, " Pixel 7 Pro virtual  ●  A fp32 93.1 % [91.1, 94.7] of 812/1,000"),
        (58, " Pixel 7 Pro virtual  ●  A fp32 93.1 ±1.8 % of 812"),
    ],
)
def test_the_title_tells_the_accuracy_so_far(state: BenchState, width: int, expected: str) -> None:
    play(state, *started(Purpose.EVALUATE), updated(812, 756))
    assert expected == title(state, width)


def test_the_title_of_a_check_tells_how_many_items(state: BenchState) -> None:
    play(state, *started(Purpose.CHECK))
    assert title(state, 99).endswith("◐ check  A fp32 golden check")
    play(state, updated(2, 2, of_items=4))
    assert title(state, 99).endswith("golden check of 4 items")


@pytest.mark.parametrize("width", [20, 99])
def test_broken_is_never_without_its_word(state: BenchState, width: int) -> None:
    play(state, *started(Purpose.CHECK), scored(WRONG), ended(), *started(Purpose.MEASURE))
    assert "✖ BROKEN" in title(state, width)


def test_the_board_tells_the_purpose(state: BenchState) -> None:
    run = play(state, *started(Purpose.CHECK))
    assert "  0% check A fp32" == plan_cell(run).text
    run = play(state, *started(Purpose.EVALUATE), updated(812, 756))
    assert plan_cell(run).text.endswith("% A 93.1 ±1.8")
