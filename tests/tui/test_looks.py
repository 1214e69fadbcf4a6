"""What the screens look like: text snapshots at all sizes, monochrome, ASCII, hostile names."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.core.model import DeviceState
from labtui.tui.app import LabtuiApp
from labtui.tui.widgets.live_plot import LivePlot
from tests.eval_sets import eval_set
from tests.tui.fakes import FakeLab, phone, phones, session_row, unready
from tests.tui.screen import check_snapshot, lines, play, settle, text

CURE = "Unlock the phone and allow USB debugging for this computer."
START_S = 1000.0
KEYS: tuple[list[str], ...] = (
    [], ["2"], ["3"], ["4"], ["5"], ["6"], ["enter"], ["question_mark"], ["L"], ["slash"],
    ["6", "j", "enter"], ["slash", *"pix", "enter", "s", "R"], ["h", "h", "h"],
)  # fmt: skip
HOSTILE = (
    "[/]", "foo[/bar]", "[@click=app.quit]x", "[link=file:///etc/passwd]y[/link]", "[bold red]",
    "\x1b[31mred", "\x1b]52;c;aGk=\x07", "\x9b2J", "a\nb\tc\rd", "\x00",
    "\u202eevil", "\u200d\u2066", "日本語の電話", "x" * 500,
)  # fmt: skip


def bench(count: int) -> FakeLab:
    """Phones of the script and one that needs a hand."""
    lab = FakeLab((*phones(count), unready(DeviceState.UNAUTHORIZED, CURE)))
    lab.history.rows = [session_row(number) for number in range(30)]
    return lab


def show_run(app: LabtuiApp, lab: FakeLab, *, seconds: float) -> None:
    """Show the scripted session as it is after some time, always the same."""
    app.desk.draft.seed, app.desk.draft.preset_name = 7, "standard"
    play(app, lab, seconds=seconds, start_s=START_S)
    app.desk.paused_at_s = START_S + seconds


@pytest.mark.parametrize(
    ("name", "size", "count"),
    [("bench-80x24", (80, 24), 4), ("bench-120x40", (120, 40), 4), ("bench-200x60", (200, 60), 8)],
)
@pytest.mark.parametrize("is_ascii", [False, True], ids=["unicode", "ascii"])
async def test_a_running_bench(
    name: str, size: tuple[int, int], count: int, is_ascii: bool
) -> None:
    lab = bench(count)
    app = LabtuiApp(lab.startup, ascii_only=is_ascii)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        show_run(app, lab, seconds=40.0)
        await settle(pilot)
        check_snapshot(app, f"{name}{'-ascii' if is_ascii else ''}")


async def test_a_filtered_sorted_board_and_a_plot_that_is_read() -> None:
    lab = bench(4)
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        show_run(app, lab, seconds=40.0)
        await settle(pilot)
        await pilot.press("s", "R", "slash", *"soc:tensor", "enter", *"hhhhhhhhhhhh")
        await settle(pilot)
        check_snapshot(app, "reading-80x24")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("variants", ["2"]), ("plan", ["3"]), ("results", ["4"]), ("history", ["5"]),
        ("details", ["enter"]), ("help", ["question_mark"]),
    ],
)  # fmt: skip
async def test_views_at_80x24(name: str, keys: list[str]) -> None:
    lab = bench(4)
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.desk.draft.seed = 7
        if name == "results":
            show_run(app, lab, seconds=200.0)
        await pilot.press(*keys)
        await settle(pilot, ticks=6)
        check_snapshot(app, name)


def scored_bench(count: int) -> FakeLab:
    """Three variants that are checked and scored, the fastest of them broken; and a budget."""
    return FakeLab(
        phones(count),
        recipes=("fp32", "full8", "wrong8"),
        limit_ms=10.0,
        eval_set=eval_set("mobilenet_v2", count=1_000, name="pairs100"),
    )


@pytest.mark.parametrize(
    ("name", "size", "seconds", "keys"),
    [
        ("checking-80x24", (80, 24), 1.5, []),
        ("broken-80x24", (80, 24), 13.5, []),
        ("scoring-80x24", (80, 24), 26.0, []),
        ("scoring-120x40", (120, 40), 26.0, []),
        ("results-scored-80x24", (80, 24), 60.0, ["4"]),
        ("results-scored-160x30", (160, 30), 60.0, ["4"]),
    ],
)
async def test_accuracy_beside_latency(
    name: str, size: tuple[int, int], seconds: float, keys: list[str]
) -> None:
    lab = scored_bench(2)
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        app.desk.draft.seed = 7
        play(app, lab, seconds=seconds, start_s=START_S)
        app.desk.paused_at_s = START_S + seconds
        await pilot.press(*keys)
        await settle(pilot)
        check_snapshot(app, name)


@pytest.mark.parametrize("keys", KEYS)
async def test_ascii_mode_is_ascii_everywhere(keys: list[str]) -> None:
    lab = bench(4)
    app = LabtuiApp(lab.startup, ascii_only=True)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        show_run(app, lab, seconds=8.0)
        await pilot.press(*keys)
        app.say("A toast – with a dash…")
        await settle(pilot)
        assert text(app).isascii()


@pytest.mark.parametrize("keys", KEYS)
async def test_without_colours_nothing_crashes_and_states_can_be_read(
    keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lab = bench(4)
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        show_run(app, lab, seconds=40.0)
        await pilot.press(*keys)
        await settle(pilot)
        assert _colours(app) <= {"default"}
        if not keys:
            shown = text(app)
            assert "▲ throttled" in shown
            assert "▸  Pixel 7 Pro" in shown


def _colours(app: LabtuiApp) -> set[str]:
    """Return the colours that are neither grey nor none."""
    found = set()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                triplet = colour.triplet if colour else None
                is_grey = triplet is None or len(set(triplet)) == 1
                found.add("default" if is_grey or colour is None else colour.name)
    return found


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_device_names_do_no_harm(name: str) -> None:
    lab = FakeLab((phone(0, name=name), unready(DeviceState.OFFLINE, name, serial=name)))
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        app.desk.log.add("error", name, name)
        app.say(name)
        for key in ("L", "enter", "escape", "3", "2", "4"):
            await pilot.press(key)
            await settle(pilot)
            _assert_harmless(app)


@given(name=st.text(max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.slow
async def test_any_device_name_does_no_harm(name: str) -> None:
    app = LabtuiApp(FakeLab((phone(0, name=name),)).startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        _assert_harmless(app)


def _assert_harmless(app: LabtuiApp) -> None:
    for line in lines(app):
        assert not [c for c in line if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0]
        assert len(line) <= app.size.width


async def test_every_segment_of_the_plots_has_a_background() -> None:
    lab = bench(4)
    app = LabtuiApp(lab.startup, theme="labtui-light")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        show_run(app, lab, seconds=10.0)
        await settle(pilot)
        for plot in app.screen.query(LivePlot):
            for y in range(plot.size.height):
                assert all(s.style and s.style.bgcolor for s in plot.render_line(y))
