"""The compare view: verdicts as rows and lines, live and from the history, keys on the screen."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from labtui.core.compare.table import Row, Word
from labtui.core.events import (
    BenchEvent,
    HygieneApplied,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    ReadingTaken,
    RunnerReported,
    Scored,
    SessionStarted,
)
from labtui.core.history import LaunchRow, Numerics
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec, Plan, Purpose, schedule
from labtui.core.presets import PRESETS
from labtui.core.protocol import Aggregate, Hello
from labtui.errors import StoreError
from labtui.tui.app import LabtuiApp
from labtui.tui.cells import PageLine
from labtui.tui.comparing import Baselines, LiveComparison, Material, load_material
from labtui.tui.launches import LaunchBook
from labtui.tui.log import Log
from labtui.tui.state import BenchState
from labtui.tui.theme import Tone
from labtui.tui.views.compare import Drawing, compare_columns, look_for
from labtui.tui.views.compare_details import verdict_lines
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.table import Table
from tests.core.compare.rows import ABBA, evidence, launches, results_of, summary
from tests.prediction_rows import scored_row, wrong_at
from tests.tui.fakes import (
    PLACEMENT,
    SESSION,
    START_US,
    FakeHistory,
    FakeLab,
    phone,
    phones,
    reading,
    session_row,
)
from tests.tui.screen import check_snapshot, lines, play, settle, text
from tests.tui.test_views import plan_of

FASTER = launches(ABBA, {"A": 10, "B": 9})
FOUR = launches("ABCDDCBA" * 8, {"A": 10, "B": 9, "C": 10.02, "D": 11.5})
FEW = launches("ABBA", {"A": 10, "B": 9})
DEVICE = phone(0).id
FIRST = Baselines()
"""The first variant of each model."""


class StoredHistory(FakeHistory):
    """A history that knows launches as well."""

    def __init__(self, rows: Sequence[LaunchRow] = (), **results: Any) -> None:
        super().__init__()
        self.launch_rows = list(rows)
        self.result_rows = results_of(self.launch_rows, **results)

    def launches(self, sessions: Sequence[SessionUid] = ()) -> Any:
        if self.error is not None:
            raise self.error
        return (row for row in self.launch_rows if row.session in sessions)


def verdicts(rows: Sequence[LaunchRow], baselines: Baselines = FIRST, **results: Any) -> list[Row]:
    return list(Material((evidence(rows, **results),)).rows(baselines))


def drawn(rows: Sequence[Row], *, width: int = 80, ascii_only: bool = False) -> list[list[str]]:
    look = look_for(rows, width, ascii_only=ascii_only)
    return [[cell.text for cell in row.cells] for row in Drawing().rows(rows, look)]


def column(rows: Sequence[Row], title: str, **how: Any) -> list[str]:
    titles = [column.title for column in compare_columns(look_for(rows, 80))]
    return [cells[titles.index(title)] for cells in drawn(rows, **how)]


def page(row: Row) -> str:
    return as_text(verdict_lines(row, look_for([row], 80)))


def as_text(page_lines: Sequence[PageLine]) -> str:
    return "\n".join("".join(cell.text for cell in line) for line in page_lines)


def test_a_row_says_verdict_ratio_interval_and_p90() -> None:
    rows = verdicts(FOUR)
    assert ["fp32", "int8", "fp16", "int4"] == column(rows, "variant")
    assert ["· baseline", "▲ faster", "= same", "▼ slower"] == column(rows, "verdict")
    assert ["–", "-10.0", "+0.2", "+15.0"] == column(rows, "time %")
    assert ["–", "-10.0 ▲", "+0.2 =", "+15.0 ▼"] == column(rows, "p90 %")
    assert "16" == column(rows, "pairs")[1]
    assert column(rows, "95 %")[1].startswith("[-10.")


def test_all_bars_share_an_axis_with_the_middle_marked() -> None:
    rows = verdicts(FOUR)
    assert "-17 to +20 %" == compare_columns(look_for(rows, 80))[4].title
    _, faster, same, slower = column(rows, "-17 to +20 %")
    assert {13} == {len(faster), len(same), len(slower)}
    assert faster.index("●") < faster.index("│") == 6
    assert 6 == same.index("●")
    assert 11 == slower.index("●")
    assert 41 == look_for(rows, 200).axis.width


def test_ascii_has_its_own_marks() -> None:
    rows = verdicts(FOUR)
    shown = drawn(rows, ascii_only=True)
    assert "+ faster" == shown[1][2]
    assert "o" in shown[1][4]
    assert all(cell.isascii() for cells in shown for cell in cells[2:5] if cell != "–")


def test_cannot_tell_says_how_many_launches_more() -> None:
    rows = verdicts(FEW)
    assert "? cannot tell: 4 more" == column(rows, "verdict")[1]
    assert "–" == column(rows, "95 %")[1]
    assert "more needed   4 launches of each variant" in page(rows[1])
    assert "too few pairs for an interval" in page(rows[1])


def test_a_broken_variant_is_red_and_never_faster() -> None:
    peers = evidence(FASTER)
    broken = replace(
        peers[1], results=tuple(replace(r, numerics=Numerics.BROKEN) for r in peers[1].results)
    )
    rows = Material(((peers[0], broken),)).rows(FIRST)
    (_, cells) = (row.cells for row in Drawing().rows(rows, look_for(rows, 80)))
    assert {Tone.BAD} == {cell.tone for cell in cells}
    assert ("✗ broken", "–", "", "–") == tuple(cell.text for cell in cells[2:6])
    assert "faster" not in page(rows[1])


def test_a_broken_baseline_names_the_key_that_chooses_another() -> None:
    (_, other) = verdicts(FASTER, numerics=Numerics.BROKEN)
    sound = replace(
        other.evidence,
        results=tuple(replace(r, numerics=Numerics.OK) for r in other.evidence.results),
    )
    assert other.baseline is not None
    (_, row) = Material(((other.baseline, sound),)).rows(FIRST)
    assert Word.NOT_COMPARABLE is row.word
    assert "choose another one with b" in page(row)


def test_the_chosen_baseline_is_that_of_its_model_and_can_be_dropped_again() -> None:
    other = verdicts(FASTER)[1].evidence.variant
    chosen = Baselines().toggled(other)
    assert [Word.SLOWER, Word.BASELINE] == [row.word for row in verdicts(FASTER, chosen)]
    assert FIRST == chosen.toggled(other)
    first = verdicts(FASTER)[0].evidence.variant
    assert Baselines((first,)) == chosen.toggled(first)


def test_rows_of_several_models_have_their_whole_names() -> None:
    two = [replace(row, model="vit") if row.recipe in ("fp16", "int4") else row for row in FOUR]
    rows = verdicts(two)
    assert ["net fp32", "net int8", "vit fp16", "vit int4"] == column(rows, "variant")
    assert 8 == compare_columns(look_for(rows, 80))[1].least


def test_only_what_changed_is_drawn_again() -> None:
    rows, drawing = verdicts(FOUR), Drawing()
    look = look_for(rows, 80)
    before = drawing.rows(rows, look)
    after = drawing.rows([*rows[:3], verdicts(FOUR)[3]], look)
    assert [True, True, True, False] == [a is b for a, b in zip(before, after, strict=True)]


def test_accuracy_stands_beside_the_time() -> None:
    found = (
        scored_row("fp32", wrong_at(400), digest="A" * 64, session="S1"),
        scored_row("int8", wrong_at(400, *range(60)), digest="B" * 64, session="S1"),
    )
    rows = Material((evidence(FASTER),), found).rows(FIRST)
    assert ["–", "-15.0 ▼"] == column(rows, "top-1 pt")
    for words in ("ACCURACY, ITEM BY ITEM", "worse", "-15.0 points", "60 lost, 0 gained"):
        assert words in page(rows[1])


def test_details_name_launches_used_and_left_out_slot_effect_and_conditions() -> None:
    rows = [*FASTER]
    rows[3] = replace(rows[3], outcome=Outcome.FAILED, cause="The cable was pulled.", summary=None)
    rows = [replace(r, start_temp_c=39.0) if r.variant_position == 1 else r for r in rows]
    shown = page(verdicts(rows)[1])
    for words in (
        "net int8 on Pixel 7 Pro",
        "10.0 % less time",
        "% more speed",
        "slot effect   coming second in its round costs",
        "differ        temperature at start: 30.0 °C against 39.0",
        "drift",
        "ran on        cpu 12",
        "after Holm",
        "LAUNCHES: 16 USED, 0 LEFT OUT",
        "LAUNCHES OF THE BASELINE: 15 USED, 1 LEFT OUT",
    ):
        assert words in shown, shown
    assert 1 == shown.count("#3 block 0    left out: failed The cable was pulled.")
    assert "left out: failed The cable was pulled." in page(verdicts(rows)[0])


def test_every_line_of_the_details_fits_the_narrowest_box() -> None:
    for row in verdicts(FOUR):
        assert 70 >= max(map(len, page(row).splitlines()))


def test_material_of_the_history_has_launches_results_and_evaluations() -> None:
    material = load_material(StoredHistory(FASTER), SessionUid("S1"))
    assert [Word.BASELINE, Word.FASTER] == [row.word for row in material.rows(FIRST)]
    assert () == load_material(StoredHistory(FASTER), SessionUid("other")).devices


# ------------------------------------------------------------------------------------- live


def book_of(plan: Plan) -> LaunchBook:
    return LaunchBook(SESSION, plan, phone(0))


def started(spec: LaunchSpec) -> LaunchStarted:
    return LaunchStarted(LaunchUid(f"L{spec.index}"), SESSION, DEVICE, spec, START_US)


def ended(spec: LaunchSpec, p50_ns: float | None) -> LaunchEnded:
    outcome = Outcome.FAILED if p50_ns is None else Outcome.DONE
    told = None if p50_ns is None else summary(p50_ns)
    return LaunchEnded(LaunchUid(f"L{spec.index}"), DEVICE, outcome, "", told, START_US)


def test_a_launch_of_the_running_session_has_its_conditions() -> None:
    book, spec, uid = book_of(plan_of("fp32")), LaunchSpec(3, 0, 1), LaunchUid("L3")
    events: tuple[BenchEvent, ...] = (
        HygieneApplied(DEVICE, (Kept("a/b", "1"), Kept("a/c", "2", "not there"))),
        started(spec),
        RunnerReported(uid, DEVICE, Hello(1, "runner", "0.1", "LiteRT", "2.3", 7, 0, 0)),
        RunnerReported(uid, DEVICE, PLACEMENT),
        RunnerReported(uid, DEVICE, Aggregate(5, 9e6)),
        ReadingTaken(uid, DEVICE, None, reading(31.0)),
        ReadingTaken(uid, DEVICE, None, reading(33.0, status=2)),
        ended(spec, 9e6),
    )
    for event in events:
        book.take(event)
    (row,) = book.rows
    assert ("runner 0.1", "LiteRT 2.3", ("a/b=1",)) == (row.runner, row.engine, row.settings)
    assert (31.0, 33.0, True) == (row.start_temp_c, row.end_temp_c, row.was_throttled)
    assert (3, 1, 0, 9e6) == (row.index, row.block, row.variant_position, row.summary.p50_ns)  # type: ignore[union-attr]
    assert str(PLACEMENT) == row.placement
    assert Aggregate(5, 9e6) == row.aggregate


def test_checks_are_no_launches_and_unreadable_is_not_unthrottled() -> None:
    book = book_of(plan_of("fp32"))
    check = LaunchSpec(0, 0, 0, Purpose.CHECK)
    for event in (ended(check, None), started(check), ended(check, None)):
        book.take(event)
    assert [] == book.rows
    spec = LaunchSpec(1, 0, 0)
    book.take(started(spec))
    book.take(ended(spec, 9e6))
    assert book.rows[0].was_throttled is None


def live_state(plan: Plan, count: int = 1) -> BenchState:
    state = BenchState(Log(lambda: "12:00:00"))
    state.see(phones(count))
    state.apply(SessionStarted(SESSION, plan, phones(count), START_US), 0.0)
    return state


def measure(state: BenchState, spec: LaunchSpec, p50_ns: float | None) -> None:
    state.apply(started(spec), 0.0)
    state.apply(ended(spec, p50_ns), 0.0)


def long_plan(*recipes: str, rounds: int = 26) -> Plan:
    return replace(plan_of(*recipes), preset=replace(PRESETS["standard"], launches=rounds))


def test_verdicts_follow_each_launch_and_only_its_device_is_compared_again() -> None:
    plan = replace(long_plan("fp32", "full8"), devices=tuple(p.id for p in phones(2)))
    state, live, words = live_state(plan, 2), LiveComparison(), []
    for spec in schedule(plan, DEVICE):
        measure(state, spec, 10e6 if spec.variant_index == 0 else 9e6 + spec.index)
        rows = live.rows(state, FIRST)
        words.append(rows[-1].word)
        assert [] == [r for r in rows if r.evidence.device != DEVICE]
        assert all(a is b for a, b in zip(rows, live.rows(state, FIRST), strict=True))
    assert [Word.CANNOT_TELL, Word.FASTER] == list(dict.fromkeys(words[2:]))


def test_a_variant_found_broken_while_it_runs_is_not_faster() -> None:
    state, live = live_state(long_plan("fp32", "wrong8")), LiveComparison()
    for spec in schedule(long_plan("fp32", "wrong8"), DEVICE):
        measure(state, spec, 10e6 if spec.variant_index == 0 else 3e6)
    assert Word.FASTER is live.rows(state, FIRST)[1].word
    state.apply(started(LaunchSpec(90, 1, 0, Purpose.CHECK)), 0.0)
    score = replace(scored_row("wrong8", wrong_at(8)).scored.score, golden=None)
    red = replace(score, health=type(score.health).NAN)
    state.apply(Scored(LaunchUid("L90"), DEVICE, red, wrong_at(8)), 0.0)
    assert Word.BROKEN is live.rows(state, FIRST)[1].word


def test_a_live_verdict_costs_less_than_2_ms_per_launch() -> None:
    plan = long_plan("fp32", "full8")
    state, live, costs_s = live_state(plan), LiveComparison(), []
    for spec in schedule(plan, DEVICE):
        measure(state, spec, (10 - spec.variant_index + spec.index % 7 / 50) * 1e6)
        start_s = time.thread_time()
        live.rows(state, FIRST)
        costs_s.append(time.thread_time() - start_s)
    assert 0.002 > sorted(costs_s)[len(costs_s) // 2]


# ----------------------------------------------------------------------------------- screen


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.app.workers.wait_for_complete()
    await settle(pilot)


def sentence_of(app: LabtuiApp) -> str:
    return app.screen.query_one("#sentence", Notice).text


def show_session(app: LabtuiApp, lab: FakeLab, seconds: float = 400.0) -> None:
    """Play a session of two variants far enough for verdicts."""
    app.desk.draft.seed, app.desk.draft.preset_name = 7, "standard"
    play(app, lab, seconds=seconds, start_s=1000.0)


@pytest.mark.parametrize(
    ("name", "size", "is_ascii"),
    [
        ("compare-80x24", (80, 24), False),
        ("compare-80x24-ascii", (80, 24), True),
        ("compare-120x40", (120, 40), False),
    ],
)
async def test_the_view_of_a_session_at_work(
    name: str, size: tuple[int, int], is_ascii: bool
) -> None:
    lab = FakeLab(phones(2), recipes=("fp32", "fp16", "full8"))
    app = LabtuiApp(lab.startup, ascii_only=is_ascii)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        show_session(app, lab, seconds=240.0)
        await press(pilot, "6", "j")
        assert not is_ascii or text(app).isascii()
        check_snapshot(app, name)


async def test_keys_choose_the_baseline_filter_sort_and_open_details(
    lab: FakeLab, app: LabtuiApp
) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        show_session(app, lab)
        await press(pilot, "6")
        table = app.screen.query_one("#compare", Table)
        assert "· baseline" in table.row_text
        assert "" == sentence_of(app)
        await press(pilot, "j")
        assert "mobilenet_v2 full8 is faster than mobilenet_v2 fp32" in sentence_of(app)
        await press(pilot, "b")
        assert "· baseline" in table.row_text
        await press(pilot, "k")
        assert "fp32 is slower than mobilenet_v2 full8" in sentence_of(app)
        await press(pilot, "b", "slash", *"verdict:faster", "enter")
        assert 4 == len(table.rows)
        await press(pilot, "enter")
        assert "TIME, BY LAUNCHES IN PAIRS" in text(app)
        await press(pilot, "escape", "escape", "s")
        assert 8 == len(table.rows)
        await press(pilot, *"sss")
        assert "time %▲" in text(app) or "▲time %" in text(app)
        assert "-4" in table.rows[0].cells[3].text


async def test_a_broken_variant_is_no_baseline() -> None:
    lab = FakeLab(phones(1))
    history = StoredHistory(FASTER, numerics=Numerics.BROKEN)
    lab.history = history
    history.rows = [replace(session_row(0), session=SessionUid("S1"))]
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await press(pilot, "c", "b")
        assert any("Its outputs are broken" in toast.message for toast in app._notifications)


async def test_a_session_of_the_history_is_compared_and_seen_from_both_sides() -> None:
    lab = FakeLab(phones(1))
    lab.history = StoredHistory(FASTER)
    lab.history.rows = [replace(session_row(0), session=SessionUid("S1"))]
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await press(pilot, "c")
        assert "▲ faster" in text(app)
        assert "S1" in lines(app)[1]
        await press(pilot, "b", "4")
        assert "S1" in lines(app)[1], "the results of the same session"
        await press(pilot, "6")
        assert "▲ faster" in text(app)
        await press(pilot, "escape")
        assert app.screen.query_one("#history", Table)
        await press(pilot, "6")
        assert "Nothing to compare yet" in text(app)


async def test_a_history_that_cannot_be_read_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = FakeLab(phones(1))
    history = StoredHistory(FASTER)
    lab.history = history
    history.rows = [replace(session_row(0), session=SessionUid("S1"))]
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await app.workers.wait_for_complete()
        assert app.screen.query_one("#history", Table).rows
        monkeypatch.setattr(StoredHistory, "launches", _damaged)
        await press(pilot, "c")
        assert "The history is damaged." in text(app)
        await press(pilot, "1", "6")
        assert "Nothing to compare yet" in text(app)


def _damaged(_self: StoredHistory, _sessions: object = ()) -> Any:
    raise StoreError("The history is damaged.")


async def test_without_colours_verdicts_can_be_read(
    lab: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        show_session(app, lab)
        await press(pilot, "6")
        assert "▲ faster" in text(app)
        await press(pilot, "j", "enter")
        assert "LESS TIME" in text(app).upper()


async def test_a_verdict_is_copied(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        show_session(app, lab)
        await press(pilot, "6", "j")
        assert "▲ faster" in app.screen.copy_text()  # type: ignore[attr-defined]
        await press(pilot, "enter", "y", "escape")
        assert DeviceId(DEVICE) in [row.key.split()[0] for row in app.screen.query_one(Table).rows]
