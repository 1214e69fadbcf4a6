"""The app on a scripted bench: keys, views, plans, faults."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from labtui.core.events import Outcome
from labtui.core.model import DeviceState
from labtui.errors import BenchUnavailable, StoreFull, StoreLocked, UsageError
from labtui.tui.app import LabtuiApp
from labtui.tui.views.live_results import live_results
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.live_plot import LivePlot
from labtui.tui.widgets.page import Page
from labtui.tui.widgets.table import Table
from tests.tui.fakes import SESSION, FakeLab, phone, phones, session_row, unready
from tests.tui.screen import lines, play, settle, text

CURE = "Unlock the phone and allow USB debugging for this computer."


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def notice(app: LabtuiApp) -> str:
    return app.screen.query_one(Notice).text


def toasts(app: LabtuiApp) -> list[str]:
    return [notification.message for notification in app._notifications]


async def test_the_bench_shows_each_device_in_one_row(app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = text(app)
        for snapshot in phones():
            assert snapshot.name in shown
        assert 8 == shown.count("○ ready"), "a row and a plot each"
        assert "VIRTUAL" in lines(app)[0]


@pytest.mark.parametrize(("width", "height", "plots"), [(80, 24, 1), (120, 40, 4), (200, 60, 8)])
async def test_plots_by_size(width: int, height: int, plots: int) -> None:
    app = LabtuiApp(FakeLab(phones(8)).startup)
    async with app.run_test(size=(width, height)) as pilot:
        await settle(pilot)
        assert plots == len([plot for plot in app.screen.query(LivePlot) if plot.display])


async def test_a_terminal_that_is_too_small_says_so(app: LabtuiApp) -> None:
    async with app.run_test(size=(50, 14)) as pilot:
        await settle(pilot)
        assert "labtui needs 60 columns and 16 lines" in text(app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "Pixel 7 Pro" in text(app)


async def test_the_cure_of_the_selected_device_is_shown() -> None:
    app = LabtuiApp(FakeLab((unready(DeviceState.UNAUTHORIZED, CURE), *phones(1))).startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert CURE in notice(app)
        assert "✖ unauthorized" in text(app)
        await press(pilot, "j")
        assert CURE not in notice(app)


async def test_devices_come_and_go(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        lab.bus.set(phone(5))
        await settle(pilot)
        assert "OnePlus 12" in text(app)
        assert "Pixel 7 Pro" not in text(app)


async def test_a_bench_that_cannot_be_seen_says_why() -> None:
    lab = FakeLab(())
    lab.bus.error = BenchUnavailable("adb is not installed: apt install adb.")
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "adb is not installed: apt install adb." in text(app)


async def test_trouble_of_the_recorder_is_always_shown(lab: FakeLab, app: LabtuiApp) -> None:
    lab.recorder.trouble = "The disk is full: samples wait in memory. Free some space."
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "The disk is full" in notice(app)


async def test_digits_and_escape_change_views(app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        for key, table in (
            ("2", "shelf"), ("4", "results"), ("5", "history"), ("6", "compare"), ("1", "board"),
        ):  # fmt: skip
            await press(pilot, key)
            assert app.screen.query_one(f"#{table}", Table)
        await press(pilot, "3", "escape")
        assert app.screen.query_one("#board", Table)


async def test_space_marks_and_the_plan_has_only_marked_devices(app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "space", "space", "r")
        page = app.screen.query_one("#plan", Page).text
        assert "2 variants × 2 devices" in page
        assert "Pixel 7 Pro" in page
        assert "Redmi 12" not in page


async def test_the_plan_names_order_size_time_and_presets(app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        page = app.screen.query_one("#plan", Page)
        for words in ("About 16 s", "17.9 MB to push", "A mobilenet_v2 fp32", "▸ quick"):
            assert words in page.text
        await press(pilot, "right_square_bracket")
        assert "▸ standard" in page.text


async def test_a_plan_without_variants_says_what_to_do() -> None:
    app = LabtuiApp(FakeLab(recipes=()).startup)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert "The plan has no variant" in text(app)
        await press(pilot, "enter")
        assert any("no variant" in toast for toast in toasts(app))


async def test_a_run_from_key_to_result_and_export(
    lab: FakeLab, app: LabtuiApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "enter")
        app._tick()
        await settle(pilot)
        assert Outcome.DONE is app.desk.state.outcome
        assert "Session done" in notice(app)
        assert "4 shows the results" in notice(app)
        await press(pilot, "4")
        rows = app.screen.query_one("#results", Table).rows
        assert 8 == len(rows) == len(live_results(app.desk.state))
        await press(pilot, "e")
        assert [(SESSION, tmp_path / f"labtui-{SESSION}")] == lab.exported
        assert any(str(tmp_path) in toast for toast in toasts(app))


async def test_stopping_asks_and_then_stops(lab: FakeLab, app: LabtuiApp) -> None:
    lab.bench.hangs = True
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "x")
        assert ["Nothing is running."] == toasts(app)
        await press(pilot, "r", "enter")
        app._tick()
        await press(pilot, "x", "n")
        assert 0 == lab.bench.stops
        await press(pilot, "x", "y")
        app._tick()
        await settle(pilot)
        assert 1 == lab.bench.stops
        assert Outcome.STOPPED is app.desk.state.outcome


async def test_a_second_plan_waits_for_the_first(lab: FakeLab, app: LabtuiApp) -> None:
    lab.bench.hangs = True
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "enter", "r", "enter")
        assert 1 == len(lab.bench.plans)
        assert any("A plan is running" in toast for toast in toasts(app))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quitting_asks_only_while_a_plan_runs(lab: FakeLab, app: LabtuiApp, key: str) -> None:
    lab.bench.hangs = True
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "enter", key)
        assert "A plan is running. Quit all the same?" in text(app)
        await pilot.press("y")
        await _until(lambda: not lab.is_open)
    assert (1, 1, True) == (lab.bench.stops, lab.recorder.flushes, lab.bus.is_closed)
    assert 0 == app.return_code


async def test_quitting_an_idle_app_asks_nothing(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("q")
        await _until(lambda: not lab.is_open)
    assert (0, 0) == (app.return_code, lab.bench.stops)


async def test_quitting_works_while_the_bench_is_still_being_opened(
    lab: FakeLab, app: LabtuiApp
) -> None:
    lab.may_open.clear()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Starting the virtual bench…" in text(app)
        await pilot.press("r", "enter", "e", "5", "q")
        await _until(lambda: app._served is not None and app._served.done())
    assert (0, False, None) == (app.return_code, lab.is_open, app.failure)


async def test_a_bench_that_breaks_leaves_the_screen_alive(lab: FakeLab, app: LabtuiApp) -> None:
    lab.bench.error = RuntimeError("boom")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "enter")
        assert any("RuntimeError: boom" in toast for toast in toasts(app))
        await press(pilot, "r")
        assert app.screen.query_one("#plan", Page)


async def test_services_that_cannot_be_opened_end_the_app(lab: FakeLab, app: LabtuiApp) -> None:
    lab.open_error = StoreLocked("Another program holds the history; close it.")
    async with app.run_test(size=(80, 24)) as pilot:
        await _until(lambda: app.failure is not None)
        await pilot.pause()
    assert lab.open_error is app.failure


async def test_the_history_lists_sessions_and_opens_their_results(
    lab: FakeLab, app: LabtuiApp
) -> None:
    lab.history.rows = [session_row(number) for number in range(250)]
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        table = app.screen.query_one("#history", Table)
        await _until(lambda: 100 == len(table.rows))
        await press(pilot, "G")
        await _until(lambda: 200 == len(table.rows))
        await press(pilot, "enter")
        await _until(lambda: app.desk.opened is not None)
        await settle(pilot)
        assert app.desk.opened is not None
        assert str(session_row(99).session) in notice(app)
        await press(pilot, "escape")
        assert app.screen.query_one("#history", Table)


async def test_a_history_that_cannot_be_read_says_why(lab: FakeLab, app: LabtuiApp) -> None:
    lab.history.error = StoreFull("The disk is full; free some space.")
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await _until(lambda: "The disk is full" in text(app))


async def test_the_variant_picker_tells_what_is_known() -> None:
    lab = FakeLab(recipes=("fp32", "full8", "broken"))
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "j")
        shown = text(app)
        for words in ("1×96×96×3 int8", "int8 93%, float32 7%", "980 kB", "scale 0.0078125"):
            assert words in shown
        assert "✖ unusable" in shown
        await press(pilot, "G")
        assert "is not a TFLite file" in text(app)
        await press(pilot, "space", "g", "space")
        assert ["full8"] == [v.recipe for v in app.desk.shelf.selection()]


async def test_help_is_searchable(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        page = app.screen.query_one("#help-list", Page)
        assert "Mark or unmark the device" in page.text
        await press(pilot, *"csv")
        assert ["RUN"] == [line for line in page.text.splitlines() if line.isupper()]
        await press(pilot, "escape")
        assert app.screen.query_one("#board", Table)


async def test_the_palette_offers_the_actions_of_the_view(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p", *"hold the plots")
        await pilot.pause()
        await _until(lambda: "Hold the plots still" in text(app))
        await pilot.press("enter")
        await _until(lambda: app.desk.paused_at_s is not None)


async def test_details_show_everything_known(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        for words in ("android:VB00C0FFEE", "Tensor G2", "arm64-v8a", "policy4", "95 %, charging"):
            assert words in text(app)
        await press(pilot, "escape")
        assert "arm64-v8a" not in text(app)


async def test_the_log_pane_opens_and_closes(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        assert "the last 4 lines" in text(app)
        await press(pilot, "L")
        assert "the last 4 lines" not in text(app)


async def test_copying_goes_to_the_clipboard(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "y")
        assert app.clipboard.startswith("Galaxy S23 Ultra\tvirtual\t○ ready")


async def test_the_window_can_be_changed_and_the_plots_held(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "plus", "plus", "plus", "minus")
        assert 30.0 == app.desk.window_s
        await press(pilot, "P")
        assert "held" in text(app)


async def test_the_plots_can_be_drawn_with_blocks(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        play(app, lab, seconds=10.0, start_s=1000.0)
        app.desk.paused_at_s = 1010.0
        await settle(pilot)
        assert any("\u2800" < char < "\u28ff" for char in text(app))
        await press(pilot, "m")
        assert not any("\u2800" < char < "\u28ff" for char in text(app))
        assert any(char in text(app) for char in "▄▀▗▖")


async def test_the_mouse_selects_rows_views_and_plots(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.click(Table, offset=(10, 3))
        await settle(pilot)
        assert phones()[2].id == app.desk.selected
        await pilot.click(LivePlot, offset=(10, 3))
        await settle(pilot)
        assert phones()[0].id == app.desk.selected
        await pilot.click("TitleBar", offset=(30, 0))
        await settle(pilot)
        assert app.screen.query_one("#shelf", Table)


async def test_a_double_click_on_the_board_opens_details(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.click(Table, offset=(10, 2), times=2)
        await settle(pilot)
        assert "android:VB01C0FFEE" in text(app)


async def test_the_wheel_over_a_plot_changes_the_time_window(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        plot = app.screen.query_one(LivePlot)
        for event in (MouseScrollUp, MouseScrollUp, MouseScrollDown):
            plot.post_message(event(plot, 5, 5, 0, 0, 0, False, False, False))
        await settle(pilot)
        assert 30.0 == app.desk.window_s


async def test_a_filter_narrows_board_and_plots_and_escape_drops_it(app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"soc:tensor")
        assert "2 of 4" in text(app)
        assert "q quit" not in lines(app)[-1], "keys go into the text"
        await press(pilot, *"zzz")
        assert ("0 of 4" in text(app), app.desk.selected) == (True, None)
        await press(pilot, *["backspace"] * 3, "enter")
        shown = text(app)
        assert "soc:tensor" in shown
        assert ("Redmi 12" in shown, 2) == (False, shown.count("Pixel 9 Pro"))
        await press(pilot, "a")
        assert {phone(0).id, phone(3).id} == app.desk.state.marked
        await press(pilot, "escape")
        assert "Redmi 12" in text(app)
        assert "soc:tensor" not in text(app)


@pytest.mark.parametrize(
    ("view", "words", "count"),
    [("4", "device:pix variant:full8", "2 of 8"), ("5", "tag:base", "1 of 250")],
)
async def test_results_and_history_are_filtered_by_the_same_words(
    lab: FakeLab, app: LabtuiApp, view: str, words: str, count: str
) -> None:
    lab.history.rows = [session_row(number) for number in range(250)]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        play(app, lab, seconds=200.0, start_s=1000.0)
        await press(pilot, view, "slash", *words)
        await _until(lambda: count in text(app))
        await press(pilot, "escape")
        await _until(lambda: app.screen.query_one(Table).has_focus)
        assert "1 bench" not in app.screen.query_one(Table).row_text


async def test_sorting_the_history_reads_all_of_it(lab: FakeLab, app: LabtuiApp) -> None:
    lab.history.rows = [session_row(number) for number in range(250)]
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        table = app.screen.query_one("#history", Table)
        await _until(lambda: 100 == len(table.rows))
        await press(pilot, "s")
        await _until(lambda: 250 == len(table.rows))
        assert session_row(249).session == table.rows[0].key
        assert "started▲" in text(app)


async def test_the_selected_plot_is_read_by_keys_until_escape(lab: FakeLab, app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        play(app, lab, seconds=30.0, start_s=1000.0)
        app.desk.paused_at_s = 1030.0
        await settle(pilot)
        await press(pilot, "h", "left", "l", "h")
        assert "Pixel 7 Pro  t-0.9 s  mean " in text(app)
        await press(pilot, "escape")
        assert "t-0.9 s" not in text(app)
        await press(pilot, "h", "j")
        assert " s  no sample" not in text(app), "another device, nothing read"


async def test_the_palette_offers_the_actions_of_the_focused_table(app: LabtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p", *"sort by the next")
        await _until(lambda: "Sort by the next column" in text(app))
        await pilot.press("enter")
        await _until(lambda: "device▲" in text(app))


async def test_a_click_on_a_hint_acts_on_the_focused_table(app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.click("HintBar", offset=(lines(app)[-1].index("filter"), 0))
        await settle(pilot)
        assert "4 of 4" in text(app)


async def test_a_screenshot_says_where_it_is(
    app: LabtuiApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "S")
        assert [f"Saved {path}" for path in pictures(tmp_path)] == toasts(app) != []


def pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.svg"))


async def test_a_screenshot_that_cannot_be_saved_says_why(
    app: LabtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_options: str) -> str:
        raise PermissionError("read-only folder")

    monkeypatch.setattr(app, "save_screenshot", refuse)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "S")
        assert ["No picture was saved: read-only folder"] == toasts(app)


async def test_only_changed_lines_are_repainted(
    lab: FakeLab, app: LabtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        play(app, lab, seconds=12.0, start_s=1000.0)
        app.desk.paused_at_s = 1012.0
        await settle(pilot)
        drawn: list[int] = []
        plot = app.screen.query_one(LivePlot)
        original = plot.render_line
        monkeypatch.setattr(plot, "render_line", lambda y: drawn.append(y) or original(y))  # type: ignore[func-returns-value]
        app._tick()
        await pilot.pause()
        assert [] == drawn


def test_an_unknown_theme_is_refused(lab: FakeLab) -> None:
    with pytest.raises(UsageError, match="labtui-dark, labtui-light"):
        LabtuiApp(lab.startup, theme="pink")


async def test_the_theme_can_be_changed(app: LabtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.current_theme.dark
        await press(pilot, "T")
        assert not app.current_theme.dark
        app.theme = "textual-ansi" if "textual-ansi" in app.available_themes else "ansi-dark"
        await settle(pilot)
        assert "Pixel 7 Pro" in text(app)


async def _until(condition: Callable[[], bool], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (any condition of the app)
            await asyncio.sleep(0.01)


async def test_a_beat_while_the_app_is_taken_down_touches_nothing(app: LabtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app._running = False  # as Textual does before it removes the widgets
        await app.screen.query("*").remove()
        app._tick()
        app._running = True
