"""Tables: how columns share the width; numbers; text in ASCII."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from labtui.core.budget import Budget
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell, fit, needed_widths, pad
from labtui.tui.theme import AsciiFilter, to_ascii
from labtui.tui.views.board import BOARD
from labtui.tui.views.history import HISTORY
from labtui.tui.views.results import RESULTS, results_columns
from labtui.tui.views.variants import VARIANTS


@pytest.mark.parametrize(
    "columns", [BOARD, VARIANTS, RESULTS, results_columns(Budget(1.0)), HISTORY]
)
@given(width=st.integers(60, 250), extra=st.lists(st.integers(0, 30), min_size=18, max_size=18))
def test_columns_always_fit_the_width(
    columns: tuple[Column, ...], width: int, extra: list[int]
) -> None:
    pairs = zip(columns, extra, strict=False)
    needed = [min(column.most, column.least + more) for column, more in pairs]
    layout = fit(columns, needed, width - 4)
    total = sum(w for _, w in layout.shown) + layout.gap * (len(layout.shown) - 1)
    assert total <= width - 4
    assert {i for i, c in enumerate(columns) if c.rank == 0} <= {i for i, _ in layout.shown}


def test_columns_of_high_rank_go_first() -> None:
    columns = (Column("a", 5, 5), Column("b", 5, 5, rank=2), Column("c", 5, 5, rank=1))
    assert ((0, 5), (2, 5)) == fit(columns, [5, 5, 5], 12).shown


def test_room_goes_to_columns_that_need_it() -> None:
    columns = (Column("a", 5, 20, can_shrink=True), Column("b", 5, 5))
    assert ((0, 14), (1, 5)) == fit(columns, [30, 5], 20).shown


def test_needed_widths_follow_heading_and_texts() -> None:
    rows = [Row("1", (Cell("wide text"), Cell("x")))]
    assert [9, 4] == needed_widths([Column("a", 2, 20), Column("head", 2, 20)], rows)


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
def test_padding_is_exact_in_terminal_cells(text: str, width: int, is_right: bool) -> None:
    assert max(width, 1 if text else 0) >= cell_len(pad(cell(text).text, width, is_right))
    if width:
        assert width == cell_len(pad(cell(text).text, width, is_right))


@given(st.text(max_size=60))
def test_a_cell_has_no_control_characters(text: str) -> None:
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cell(text).text)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "M"]), max_size=40))
def test_ascii_text_is_ascii_and_as_wide(text: str) -> None:
    assert to_ascii(text).isascii()
    assert cell_len(text) == cell_len(to_ascii(text))


def test_the_filter_changes_only_what_it_must() -> None:
    plain, fancy = Segment("abc"), Segment("● 3")
    assert [plain, Segment("* 3")] == AsciiFilter().apply([plain, fancy], Color(0, 0, 0))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (units.latency_ms(8_912_345), "8.91"),
        (units.latency_ms(89_123_456), "89.1"),
        (units.latency_ms(1_891_000_000), "1891"),
        (units.latency_ms(None), "–"),
        (units.temp(31.25), "31.2"),
        (units.size(0), "0 B"),
        (units.size(980_400), "980 kB"),
        (units.size(3_500_000), "3.5 MB"),
        (units.size(110_000_000_000), "110 GB"),
        (units.size(None), "–"),
        (units.duration(42.4), "42 s"),
        (units.duration(200), "3 min 20 s"),
        (units.duration(3900), "1 h 05 min"),
        (units.bar(0.5, 4), "██░░"),
        (units.bar(7, 4), "████"),
        (units.plural(1, "launch", "launches"), "1 launch"),
        (units.plural(2, "launch", "launches"), "2 launches"),
        (units.count(1_234_567), "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
    ],
)
def test_numbers(shown: str, expected: str) -> None:
    assert expected == shown
