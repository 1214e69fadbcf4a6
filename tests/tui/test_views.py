"""State -> rows and lines, without a screen."""

from dataclasses import replace
from pathlib import Path

import pytest

from labtui.bench.preview import preview
from labtui.core.accelerators import ACCELERATORS
from labtui.core.accuracy import Tally
from labtui.core.budget import budget
from labtui.core.events import (
    DeviceEnded,
    LaunchStarted,
    Outcome,
    PushProgressed,
    RunnerReported,
    SessionStarted,
)
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import (
    DeviceId,
    DeviceState,
    EngineOptions,
    LaunchUid,
    Platform,
    Transport,
    TransportKind,
)
from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant
from labtui.core.presets import PRESETS
from labtui.core.protocol import Control, Profile, RunnerEvent
from labtui.errors import UsageError
from labtui.failure import FailureCode
from labtui.tui.cells import Cell, PageLine
from labtui.tui.draft import Draft
from labtui.tui.log import Log
from labtui.tui.shelf import Shelf
from labtui.tui.state import BenchState
from labtui.tui.theme import DEVICE_SIGNS, Tone
from labtui.tui.views.board import BOARD, board_rows, link_cell
from labtui.tui.views.details import detail_lines
from labtui.tui.views.history import history_rows
from labtui.tui.views.placement import ran_on_cell
from labtui.tui.views.plan import plan_lines
from labtui.tui.views.results import RESULTS, result_rows, results_columns
from labtui.tui.views.variants import inputs_text, precision_text, shape_text, variant_rows
from tests.tui.fakes import SESSION, START_US, phone, phones, reading, session_row, unready, variant


def state_with(*devices: object) -> BenchState:
    state = BenchState(Log(lambda: "12:00:00"))
    state.see(devices)  # type: ignore[arg-type]
    return state


def plan_of(*recipes: str, preset: str = "quick", count: int = 1) -> Plan:
    planned = tuple(PlannedVariant(variant(recipe), EngineOptions()) for recipe in recipes)
    return Plan("p", planned, tuple(p.id for p in phones(count)), PRESETS[preset])


def text(lines: list[PageLine]) -> str:
    return "\n".join("".join(cell.text for cell in line) for line in lines)


def board_cell(state: BenchState, title: str) -> str:
    titles = [column.title for column in BOARD]
    return board_rows(state)[0].cells[titles.index(title)].text


@pytest.mark.parametrize("state", list(DeviceState))
def test_every_device_state_has_glyph_and_word(state: DeviceState) -> None:
    shown = board_cell(state_with(unready(state, "Do something.")), "state")
    glyph, word = shown[0], shown[2:]
    assert not glyph.isalnum()
    assert 3 <= len(word) <= 14


def test_no_two_device_states_look_the_same() -> None:
    assert len(DeviceState) == len({str(sign) for sign in DEVICE_SIGNS.values()})


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("device", "Pixel 7 Pro"), ("link", "virtual"), ("state", "○ ready"), ("SoC", "Tensor G2"),
        ("system", "Android 14"), ("°C", "30.0"), ("bat%", "95"), ("free", "33.0 GB"), ("plan", ""),
        ("p50 ms", "–"), ("clock%", "100"), ("serial", "VB00C0FFEE"),
    ],
)  # fmt: skip
def test_the_row_of_an_idle_phone(title: str, shown: str) -> None:
    assert shown == board_cell(state_with(phone(0)), title)


def test_what_a_device_does_not_say_is_a_dash() -> None:
    state = state_with(replace(phone(0), reading=None, free_bytes=None))
    assert ["–"] * 4 == [board_cell(state, title) for title in ("°C", "bat%", "free", "clock%")]


def test_the_plan_column_goes_from_push_to_cause() -> None:
    state = state_with(phone(0))
    device, plan = phone(0).id, plan_of("fp32", "full8")
    state.apply(SessionStarted(SESSION, plan, phones(1), START_US), 0.0)
    assert "" == board_cell(state, "plan")
    state.apply(PushProgressed(device, variant("fp32").digest, 1_000_000, 2_000_000), 0.1)
    assert "███░░░ 2.0 MB" == board_cell(state, "plan")
    started = LaunchStarted(LaunchUid("L"), SESSION, device, LaunchSpec(1, 1, 0), START_US)
    state.apply(started, 0.2)
    assert " 25% B full8 2/4" == board_cell(state, "plan")
    state.apply(DeviceEnded(device, Outcome.FAILED, "The cable was pulled."), 0.3)
    assert ("The cable was pulled.", "✖ failed") == (
        board_cell(state, "plan"), board_cell(state, "state"),
    )  # fmt: skip


def test_a_device_that_left_during_its_session_stays_on_the_board_as_gone() -> None:
    state = state_with(phone(0))
    state.apply(SessionStarted(SESSION, plan_of("fp32"), phones(1), START_US), 0.0)
    state.see(())
    assert "✖ gone" == board_cell(state, "state")


@pytest.mark.parametrize(
    ("kind", "word"),
    [(TransportKind.USB, "USB"), (TransportKind.WIFI, "Wi-Fi"), (TransportKind.EMULATOR, "emul.")],
)
def test_links_of_real_phones(kind: TransportKind, word: str) -> None:
    real = phone(0, is_virtual=False)
    transport = Transport("x", kind, DeviceState.READY)
    assert word == link_cell(replace(real, transports=(transport,))).text


def test_the_computer_itself_is_called_host() -> None:
    host = replace(phone(0, is_virtual=False), platform=Platform.HOST)
    assert "host" == link_cell(host).text


def test_details_name_transports_heat_clocks_and_cure() -> None:
    capped = replace(phone(0), reading=reading(44.0, status=3, cap=0.5))
    shown = text(detail_lines(state_with(capped), capped.id))
    for words in ("severe", "▲ yes", "limit 1425 MHz", "▲ capped", "VB00C0FFEE  ○ ready"):
        assert words in shown
    sick = unready(DeviceState.NO_PERMISSIONS, "Add a udev rule.")
    shown = text(detail_lines(state_with(sick), sick.id))
    assert "Add a udev rule." in shown
    assert "it has not answered yet" in shown


def test_details_tell_where_each_variant_ran_and_what_took_longest() -> None:
    state, device = state_with(phone(0)), phone(0).id
    state.apply(SessionStarted(SESSION, plan_of("fp32", "full8"), phones(1), START_US), 0.0)
    state.apply(LaunchStarted(LaunchUid("L"), SESSION, device, LaunchSpec(0, 1, 0), START_US), 0.2)
    parts = (PlacedPart("gpu", "GPU", 68), PlacedPart("cpu", "", 2))
    conv, softmax = OpTime("CONV_2D", "gpu", "GPU", 68, 9e6), OpTime("SOFTMAX", "cpu", "", 1, 1e6)
    events: tuple[RunnerEvent, ...] = (
        Placement("gpu", parts, 3),
        Profile(5, (softmax, conv)),
        Control(1, "cpu", "", (12_000_000,)),
    )
    for event in events:
        state.apply(RunnerReported(LaunchUid("L"), device, event), 0.3)
    lines = text(detail_lines(state, device)).splitlines()
    at = lines.index("PLACEMENT OF B FULL8")
    assert [
        "  ran on        ▼ partly gpu",
        "  gpu           GPU: 68 ops, 90% of the time",
        "  cpu           own kernels: 2 ops, 10% of the time",
        "  partitions    3",
        "  control       12.0 ms without it",
        "   90.0%        CONV_2D ×68",
        "   10.0%        SOFTMAX ×1",
    ] == lines[at + 1 :]


@pytest.mark.parametrize(
    ("coverage", "shown", "tone"),
    [
        (Coverage.FULL, "gpu", Tone.MUTED), (Coverage.PARTIAL, "▼ partly gpu", Tone.BAD),
        (Coverage.NONE, "▼ not gpu", Tone.BAD), (Coverage.UNKNOWN, "gpu?", Tone.WARN),
    ],
)  # fmt: skip
def test_asked_against_used(coverage: Coverage, shown: str, tone: Tone) -> None:
    assert Cell(shown, tone) == ran_on_cell("gpu", coverage)


def test_details_of_a_device_that_is_gone() -> None:
    assert "has left the bench" in text(detail_lines(state_with(), DeviceId("android:none")))


def test_long_orders_are_cut_and_counted() -> None:
    plan = plan_of("fp32", "full8", preset="standard")
    shown = text(plan_lines(preview(plan, phones(1)), is_running=False))
    assert "… 28 more" in shown
    assert "52 launches on each" in shown


def test_the_plan_shows_warnings_and_whether_it_can_start() -> None:
    low = replace(phone(0), reading=reading(40.0, level=5))
    shown = text(plan_lines(preview(plan_of("fp32"), (low,)), is_running=True))
    assert shown.count("▲") >= 1
    assert "A plan is running" in shown


def test_the_plan_names_what_is_unusual_and_what_is_done_besides() -> None:
    draft = Draft(has_control=True)
    draft.step_accelerator()
    draft.step_threads()
    plan = draft.plan((variant("fp32"),), phones(1))
    shown = text(plan_lines(preview(plan, phones(1)), is_running=False))
    assert "gpu, 2 threads" in shown
    assert "control run of 20 inferences" in shown
    for _ in ACCELERATORS[1:]:
        draft.step_accelerator()
    assert "cpu" == draft.engine.accelerator


def result(recipe: str, p50_ns: float | None, *, model: str = "m", **more: object) -> ResultRow:
    row = ResultRow(
        SESSION, DeviceId("android:x"), "Pixel", is_virtual=True, model=model, recipe=recipe,
        digest=variant(recipe, model).digest, size_bytes=1, launches=2, failed=0, samples=10,
        p50_ns=p50_ns, p90_ns=p50_ns, mean_ns=p50_ns, spread_ns=None, end_temp_c=None,
        was_throttled=None, cause="",
    )  # fmt: skip
    return replace(row, **more)  # type: ignore[arg-type]


def results_column(rows: list[ResultRow], title: str) -> list[str]:
    titles = [column.title for column in RESULTS]
    return [row.cells[titles.index(title)].text for row in result_rows(rows)]


def test_speed_is_against_the_first_variant_of_the_same_model() -> None:
    rows = [
        result("fp32", 10e6), result("full8", 5e6),
        result("fp32", 30e6, model="n"), result("full8", 60e6, model="n"),
        result("fp16", None),
    ]  # fmt: skip
    assert ["1.00", "2.00", "1.00", "0.50", "–"] == results_column(rows, "×")


def test_failed_launches_and_unknown_throttling_are_said() -> None:
    rows = [result("fp32", None, failed=2, launches=0, cause="No memory.")]
    assert ["0 (2 failed)"] == results_column(rows, "launch")
    assert ["unknown"] == results_column(rows, "throttle")
    assert ["No memory."] == results_column(rows, "note")
    assert ["virtual"] == results_column(rows, "kind")


def test_a_fallback_an_alarm_and_a_named_cause_are_in_the_row() -> None:
    rows = [
        result(
            "fp32", 5e6, accelerator_asked="gpu", coverage=Coverage.NONE,
            placement="cpu XNNPACK 70",
        ),
        result("fp16", 5e6, coverage=Coverage.FULL, alarms=("1.9 x slower than ever before.",)),
        result("full8", None, samples=0, cause="Too old.", code=FailureCode.ENGINE_TOO_OLD),
    ]  # fmt: skip
    assert ["▼ not gpu", "cpu", ""] == results_column(rows, "ran on")
    assert [
        "Ran on cpu XNNPACK 70.", "1.9 x slower than ever before.", "engine_too_old: Too old.",
    ] == results_column(rows, "note")  # fmt: skip


def test_totals_are_never_shown_as_samples() -> None:
    assert ["totals"] == results_column([result("fp32", 5e6, is_aggregate=True)], "samples")


def test_a_broken_result_is_red_and_nothing_is_compared_with_it() -> None:
    rows = [
        result("wrong8", 1e6, numerics=Numerics.BROKEN),
        result("fp32", 10e6, numerics=Numerics.OK),
        result("full8", 5e6),
    ]
    assert ["–", "1.00", "2.00"] == results_column(rows, "×")
    assert ["✖ BROKEN", "✔ ok", "unchecked"] == results_column(rows, "numerics")
    bars = results_column(rows, "")
    assert ("", True) == (bars[0], len(bars[1]) > len(bars[2]))
    tones = [{cell.tone for cell in row.cells} for row in result_rows(rows)]
    assert {Tone.BAD} == tones[0]
    assert {Tone.BAD} != tones[1]


def test_accuracies_have_half_their_interval() -> None:
    rows = [result("fp32", 1e6, tally=Tally(812, 756, 800)), result("full8", 1e6)]
    assert ["93.1 ±1.8", "–"] == results_column(rows, "top-1 %")


@pytest.mark.parametrize(
    ("change", "limit_ms", "shown"),
    [
        ({}, 12, "✔ within ~"),
        ({}, 8, "✖ +25 % ~"),
        ({"sustained_p90_ns": 10e6}, 12, "✔ within"),
        ({"sustained_p90_ns": 10.02e6}, 10, "✖ +<1 %"),
        ({"p90_ns": None}, 10, "–"),
        ({"numerics": Numerics.BROKEN}, 10, "–"),
    ],
)
def test_a_budget_adds_a_column_of_judgements(
    change: dict[str, object], limit_ms: float, shown: str
) -> None:
    limit = budget(limit_ms)
    at = [column.title for column in results_columns(limit)].index("budget")
    (row,) = result_rows([replace(result("fp32", 10e6), **change)], limit)  # type: ignore[arg-type]
    assert shown == row.cells[at].text
    assert len(results_columns(limit)) == len(row.cells)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_glyph_and_word(outcome: Outcome) -> None:
    shown = history_rows([session_row(0, outcome)])[0].cells[1].text
    assert outcome.value == shown[2:]


@pytest.mark.parametrize(
    ("shape", "shown"), [((1, 96, 96, 3), "1×96×96×3"), ((-1, 3), "?×3"), ((), "scalar")]
)
def test_shapes(shape: tuple[int, ...], shown: str) -> None:
    assert shown == shape_text(shape)


def test_what_is_known_of_a_variant() -> None:
    assert "1×96×96×3 int8" == inputs_text(variant("full8"))
    assert "int8 93%, float32 7%" == precision_text(variant("full8"))
    assert "–" == precision_text(replace(variant("fp32"), weight_bytes=()))


def shelf(*names: str) -> Shelf:
    return Shelf.of(tuple(Path(name) for name in names))


def test_a_shelf_knows_chooses_and_gives_up() -> None:
    files = shelf("a", "b")
    assert files.is_pending
    files.know("a", variant("fp32"))
    files.give_up("b", "not a model")
    assert not files.is_pending
    assert (variant("fp32"),) == files.selection()
    files.toggle("b")
    assert {"a"} == files.chosen, "an unusable file cannot be chosen"
    files.toggle_all()
    assert set() == files.chosen
    assert ["mobilenet_v2", "b"] == [row.cells[0].text for row in variant_rows(files)]


def test_two_files_of_one_content_are_one_variant() -> None:
    files = shelf("a", "b")
    files.know("a", variant("fp32"))
    files.know("b", variant("fp32"))
    assert {"a"} == files.chosen
    files.toggle("b")
    assert (variant("fp32"),) == files.selection()


def test_a_draft_goes_round_the_presets_and_names_its_plan() -> None:
    draft = Draft()
    draft.step(-1)
    assert list(PRESETS)[-1] == draft.preset_name
    draft.step(1)
    plan = draft.plan((variant("fp32"),), phones(2))
    assert ("mobilenet_v2 (quick)", 2) == (plan.name, len(plan.devices))
    with pytest.raises(UsageError, match="no device"):
        draft.plan((variant("fp32"),), ())
