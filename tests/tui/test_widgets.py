"""Table, page, log pane, bars, plot grid: each on its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.widget import Widget

from labtui.plot import BRAILLE, Ink, Pen, Trace
from labtui.tui.app import LabtuiApp
from labtui.tui.cells import Cell, Column, Row
from labtui.tui.log import KEEP_LINES, Log
from labtui.tui.messages import RowMoved, RowPicked
from labtui.tui.theme import Tone, variables, variant_letter, variant_tone
from labtui.tui.widgets.bars import VIEWS, Notice, TitleBar
from labtui.tui.widgets.filter_line import FilterLine
from labtui.tui.widgets.live_plot import LivePlot
from labtui.tui.widgets.log_pane import LogPane
from labtui.tui.widgets.page import Page
from labtui.tui.widgets.plot_grid import MOST_PLOTS, capacity, grid_columns, page
from labtui.tui.widgets.table import Table

COLUMNS = (Column("name", 6, 10), Column("value", 5, 5, is_right=True))


class Stand(App[None]):
    """Holds one widget and keeps its messages."""

    CSS_PATH = LabtuiApp.CSS_PATH

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.messages: list[RowMoved | RowPicked] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variables(self.current_theme.dark)

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_row_moved(self, message: RowMoved) -> None:
        self.messages.append(message)

    def on_row_picked(self, message: RowPicked) -> None:
        self.messages.append(message)


@asynccontextmanager
async def shown(widget: Widget, size: tuple[int, int] = (30, 10)) -> AsyncIterator[Pilot[None]]:
    async with Stand(widget).run_test(size=size) as pilot:
        widget.focus()
        await pilot.pause()
        yield pilot


def rows(count: int, marked: Sequence[int] = ()) -> list[Row]:
    return [
        Row(f"key{n}", (Cell(f"row {n}"), Cell(str(n))), is_marked=n in marked)
        for n in range(count)
    ]


def drawn(widget: Widget) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def test_a_table_without_rows_says_why() -> None:
    table = Table(COLUMNS, id="t", empty="Nothing here.")
    async with shown(table):
        assert ["   name    value", "  Nothing here."] == drawn(table)[:2]
        assert ("", "") == (table.key, table.row_text)


async def test_numbers_are_right_aligned_and_marks_are_glyphs() -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table):
        table.set_rows(rows(3, marked=[1]))
        assert ["▸  row 0       0", " ■ row 1       1", "   row 2       2"] == drawn(table)[1:4]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        (["j", "down"], "key2"),
        (["G"], "key49"),
        (["G", "k", "up"], "key47"),
        (["G", "g"], "key0"),
        (["ctrl+d"], "key5"),
        (["ctrl+d", "ctrl+u"], "key0"),
        (["k"], "key0"),
        (["end", "j"], "key49"),
        (["pagedown", "home"], "key0"),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], key: str) -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table) as pilot:
        table.set_rows(rows(50))
        await pilot.press(*keys)
        assert key == table.key
        assert any(line.startswith("▸") for line in drawn(table)), "the cursor is in sight"


async def test_the_cursor_stays_on_its_row_when_rows_change() -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table) as pilot:
        table.set_rows(rows(5))
        await pilot.press("j", "j")
        table.set_rows(list(reversed(rows(5))))
        assert "key2" == table.key
        table.set_rows(rows(2))
        assert "key1" == table.key
        table.set_rows([])
        assert "" == table.key
        await pilot.press("j", "G")


async def test_a_scroll_bar_shows_where_one_is() -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table) as pilot:
        table.set_rows(rows(50))
        assert "█" == drawn(table)[1][-1]
        await pilot.press("G")
        assert ("│", "█") == (drawn(table)[1][-1], drawn(table)[-1][-1])


async def test_moves_and_double_clicks_are_told() -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table) as pilot:
        table.set_rows(rows(5))
        await pilot.click(table, offset=(4, 3), times=2)
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, Stand)
        assert isinstance(app.messages[-1], RowPicked)
        assert ("t", "key2") == (app.messages[-1].table, app.messages[-1].key)


async def test_the_wheel_moves_the_cursor() -> None:
    table = Table(COLUMNS, id="t")
    async with shown(table):
        table.set_rows(rows(5))
        table.on_mouse_scroll_down()
        assert "key1" == table.key
        table.on_mouse_scroll_up()
        assert "key0" == table.key


async def test_a_page_scrolls_and_says_how_much_is_left() -> None:
    text = Page()
    async with shown(text) as pilot:
        text.set_lines([(Cell(f"line {n}"),) for n in range(30)])
        await pilot.pause()
        assert "… 21 more lines" in drawn(text)[-1]
        await pilot.press("j", "ctrl+d")
        assert "line 6" in drawn(text)[0]
        await pilot.press("G")
        assert "line 29" in drawn(text)[-1]
        await pilot.press("g", "k")
        assert "line 0" in drawn(text)[0]


async def test_the_log_pane_looks_back() -> None:
    log = Log(lambda: "12:00:00")
    pane = LogPane(log)
    async with shown(pane, size=(60, 12)) as pilot:
        for number in range(KEEP_LINES + 10):
            log.add("warn" if number % 2 else "info", "Pixel", f"line {number}")
        pane.update()
        assert drawn(pane)[-1].endswith("line 209")
        await pilot.press("up")
        assert drawn(pane)[-1].endswith("line 208")
        assert "1 lines back" in drawn(pane)[0]
        await pilot.press("down", "down")
        assert drawn(pane)[-1].endswith("line 209")


async def test_a_notice_that_does_not_fit_ends_in_an_ellipsis() -> None:
    notice = Notice()
    async with shown(notice):
        notice.say(Cell("Unlock the phone and allow USB debugging.", Tone.WARN))
        assert drawn(notice)[0].endswith("…")
        assert 30 >= len(drawn(notice)[0])


@pytest.mark.parametrize(
    ("size", "plots"),
    [((80, 14), 1), ((120, 30), 4 + 2), ((120, 28), 4), ((200, 48), 8), ((40, 5), 1)],
)
def test_how_many_plots_fit(size: tuple[int, int], plots: int) -> None:
    assert plots == capacity(Size(*size)) <= MOST_PLOTS


@pytest.mark.parametrize(
    ("plots", "size", "columns"),
    [(1, (80, 14), 1), (4, (120, 28), 2), (2, (120, 28), 1), (8, (200, 48), 2), (3, (0, 0), 1)],
)
def test_plots_get_a_good_shape(plots: int, size: tuple[int, int], columns: int) -> None:
    assert columns == grid_columns(plots, Size(*size))


@pytest.mark.parametrize(
    ("selected", "room", "expected"),
    [("a", 2, "ab"), ("c", 2, "cd"), ("e", 2, "de"), ("zz", 3, "abc"), ("e", 9, "abcde")],
)
def test_the_selected_device_is_always_among_the_plots(
    selected: str, room: int, expected: str
) -> None:
    assert expected == "".join(page("abcde", selected, room))


def test_variants_have_letters_and_colours() -> None:
    assert ["A", "Z", "27"] == [variant_letter(number) for number in (0, 25, 26)]
    assert variant_tone(0) is variant_tone(6)
    assert variant_tone(0) is not variant_tone(1)


SORTABLE = (Column("name", 6, 10), Column("value", 5, 5, is_right=True), Column("", 3, 3))


def sortable_rows() -> list[Row]:
    values = [("b", "10"), ("a", "9"), ("c", "–")]
    return [Row(name, (Cell(name), Cell(value), Cell("···"))) for name, value in values]


def order(table: Table) -> str:
    return "".join(row.key for row in table.rows)


@pytest.mark.parametrize(
    ("keys", "heading", "expected"),
    [
        ([], "   name    value", "bac"),
        (["s"], "   name▲   value", "abc"),
        (["s", "R"], "   name▼   value", "cba"),
        (["s", "s"], "   name   ▲value", "abc"),
        (["s", "s", "R"], "   name   ▼value", "bac"),
        (["s", "s", "s"], "   name    value", "bac"),
        (["R"], "   name    value", "bac"),
    ],
)
async def test_keys_sort_by_the_columns_in_turn(
    keys: list[str], heading: str, expected: str
) -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press(*keys)
        assert (heading, expected) == (drawn(table)[0], order(table))
        assert "b" == table.key, "the cursor stays on its row"


async def test_a_click_on_a_title_sorts_and_a_second_one_reverses() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table) as pilot:
        table.set_rows(sortable_rows())
        await pilot.click(table, offset=(12, 0))
        assert "abc" == order(table)
        await pilot.click(table, offset=(12, 0))
        assert "bac" == order(table)
        await pilot.click(table, offset=(4, 0))
        assert "abc" == order(table)
        await pilot.click(table, offset=(18, 0))
        assert "abc" == order(table), "a column without a title sorts nothing"


async def test_nothing_is_sorted_by_a_drawing() -> None:
    table = Table((*SORTABLE[:1], replace(SORTABLE[1], is_drawing=True), SORTABLE[2]), id="t")
    async with shown(table) as pilot:
        table.set_rows(sortable_rows())
        await pilot.click(table, offset=(12, 0))
        assert "bac" == order(table)
        await pilot.press("s", "s")
        assert "bac" == order(table), "after the first column no other one is left"


async def test_other_columns_take_their_own_width_and_keep_the_order() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press("s")
        table.set_columns((replace(SORTABLE[0], title="called"), *SORTABLE[1:]))
        table.set_rows(sortable_rows())
        await pilot.pause()
        assert drawn(table)[0].startswith("   called▲")
        assert "abc" == order(table)


STATUS = [Cell("▲2 "), Cell("●2 "), Cell("✖1 ")]


@pytest.mark.parametrize(
    ("width", "is_virtual", "has_name", "signs"),
    [(80, True, False, "▲2 ●2 ✖1"), (80, False, True, "▲2 ●2 ✖1"), (120, True, True, "▲2 ●2 ✖1")],
)
async def test_the_title_bar_names_all_views_and_what_devices_do(
    width: int, is_virtual: bool, has_name: bool, signs: str
) -> None:
    bar = TitleBar()
    async with shown(bar, size=(width, 3)):
        bar.show("plan", STATUS, is_virtual)
        line = bar.render_line(0).text
        assert all(f"{number} {name}" in line for number, name in enumerate(VIEWS, 1))
        assert "[3 plan]" in line
        assert (is_virtual, has_name) == ("VIRTUAL" in line, "labtui" in line)
        assert line.rstrip().endswith(signs)


async def test_where_there_is_little_room_the_most_frequent_state_stays() -> None:
    bar = TitleBar()
    async with shown(bar, size=(72, 3)):
        bar.show("plan", STATUS, is_virtual=True)
        assert bar.render_line(0).text.rstrip().endswith("6 compare  ▲2")


async def test_the_order_is_kept_when_rows_change() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press("s")
        table.set_rows([*sortable_rows(), Row("0", (Cell("0"), Cell("1"), Cell("")))])
        assert "0abc" == order(table)


async def test_a_filter_narrows_the_rows_while_one_types() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table, size=(80, 10)) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press("slash", *"value:10")
        line = pilot.app.query_one(FilterLine)
        assert ("b", 3, True) == (order(table), table.total, line.is_edited)
        assert "1 of 3 · enter keeps" in filter_count(line)
        await pilot.press("x")
        assert "  No row has all these words: esc drops the filter." == drawn(table)[1]
        await pilot.press("backspace", "enter")
        assert ("b", False) == (order(table), line.is_edited)
        await pilot.press("slash", "backspace")
        assert "b" == order(table), "typing goes on where it ended"
        await pilot.press("escape")
        line.drop()
        await pilot.pause()
        assert ("bac", True) == (order(table), table.has_focus)
        assert not pilot.app.query(FilterLine)


async def test_the_cursor_returns_to_a_row_that_a_filter_hid_for_a_while() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table, size=(80, 10)) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press("j")
        table.set_filter("10")
        assert "b" == table.key
        table.set_filter("")
        assert "a" == table.key
        table.set_filter("10")
        table.set_rows(sortable_rows()[:1])
        table.set_filter("")
        table.set_rows(sortable_rows())
        assert "b" == table.key, "a row that left is forgotten"


async def test_an_empty_filter_leaves_no_line_behind() -> None:
    table = Table(SORTABLE, id="t")
    async with shown(table, size=(80, 10)) as pilot:
        table.set_rows(sortable_rows())
        await pilot.press("slash", "enter")
        await pilot.pause()
        assert not pilot.app.query(FilterLine)
        assert table.has_focus


def filter_count(line: FilterLine) -> str:
    return line.query_one(".filter-count", Notice).text


def live_plot() -> LivePlot:
    trace = Trace()
    for tick in range(200):
        trace.add(1000.0 + tick * 0.1, 12.0 if tick == 192 else 9.0, 1, 0)
    plot = LivePlot(BRAILLE)
    plot.attach("d", trace)
    plot.set_title((Cell("Pixel 7"), Cell("  ● running")), "nothing yet")
    return plot


@asynccontextmanager
async def shown_plot() -> AsyncIterator[tuple[LivePlot, Pilot[None]]]:
    plot = live_plot()
    async with Stand(plot).run_test(size=(73, 12)) as pilot:
        await pilot.pause()
        plot.draw(1020.0, 30.0)
        yield plot, pilot


async def test_a_plot_is_read_column_by_column() -> None:
    async with shown_plot() as (plot, _):
        assert "Pixel 7  ● running" == drawn(plot)[0]
        plot.move_cursor(-1)
        assert "Pixel 7  t-0.0 s  no sample" == drawn(plot)[0]
        plot.move_cursor(-2)
        assert "Pixel 7  t-1.0 s  mean 9.60  max 12.0 ms  n 5" == drawn(plot)[0]
        upright = [line[6 + 57 : 6 + 58] for line in drawn(plot)[1:]]
        assert upright.count("│") >= 5, "\n".join(drawn(plot))
        plot.move_cursor(999)
        assert "t-0.0 s" in drawn(plot)[0]
        plot.move_cursor(-999)
        assert "t-29.5 s" in drawn(plot)[0]
        plot.drop_cursor()
        assert "Pixel 7  ● running" == drawn(plot)[0]
        assert not plot.has_cursor


async def test_the_mouse_reads_a_plot_until_it_leaves() -> None:
    async with shown_plot() as (plot, pilot):
        await pilot.hover(plot, offset=(6 + 57, 4))
        assert "t-1.0 s  mean 9.60  max 12.0 ms  n 5" in drawn(plot)[0]
        await pilot.hover(plot, offset=(2, 4))
        assert not plot.has_cursor


async def test_only_lines_under_the_cursor_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown_plot() as (plot, pilot):
        await pilot.pause()
        regions: list[Region] = []
        monkeypatch.setattr(plot, "refresh", lambda *areas: regions.extend(areas))
        plot.draw(1020.0, 30.0)
        assert [] == regions, "unused, it costs nothing"
        plot.move_cursor(-1)
        assert {1, 73} == {region.width for region in regions}
        regions.clear()
        plot.draw(1020.0, 30.0)
        assert [] == regions, "an unchanged read-out is not painted again"


async def test_an_empty_plot_cannot_be_read() -> None:
    plot = LivePlot(BRAILLE)
    async with shown(plot):
        plot.move_cursor(-1)
        assert not plot.has_cursor


async def test_the_line_of_a_broken_variant_has_the_colour_of_what_is_bad() -> None:
    async with shown_plot() as (plot, _):
        own, other = Pen(Ink.LINE, 0), Pen(Ink.LINE, 1)
        before = plot._ink_style(own)
        plot.condemn(frozenset({0}))
        assert plot.tone_style(Tone.BAD).color == plot._ink_style(own).color
        assert before.color != plot._ink_style(own).color
        assert plot.tone_style(Tone.TONE_1).color == plot._ink_style(other).color
