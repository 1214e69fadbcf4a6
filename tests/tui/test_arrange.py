"""Filter and order of rows, without a widget."""

import pytest

from labtui.core.filter import Filter
from labtui.tui.arrange import Order, arranged, number
from labtui.tui.cells import Cell, Column, Layout, Row

COLUMNS = (Column("device", 6, 20), Column("p50 ms", 6, 8, is_right=True))


def row(key: str, device: str, p50: str, **words: str) -> Row:
    found = tuple((key, (text,)) for key, text in words.items())
    return Row(key, (Cell(device), Cell(p50)), words=found)


ROWS = (
    row("a", "Pixel", "9.04", soc="Tensor G2"),
    row("b", "galaxy", "–", soc="Snapdragon"),
    row("c", "Moto", "121", soc="Snapdragon"),
    row("d", "Pixel", "", soc="Tensor G4"),
    row("e", "Redmi", "21.3", soc="Helio"),
)


def keys(words: str = "", order: Order | None = None) -> str:
    return "".join(found.key for found in arranged(ROWS, COLUMNS, Filter(words), order))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "abcde"),
        ("pix", "ad"),
        ("device:pix soc:g2", "a"),
        ("snap", "bc"),
        ("soc:pix", ""),
        ("nothing", ""),
    ],
)
def test_a_filter_finds_cells_and_words(words: str, expected: str) -> None:
    assert expected == keys(words)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order(0), "bcade"),
        (Order(0, is_descending=True), "eadcb"),
        (Order(1), "aecbd"),
        (Order(1, is_descending=True), "ceabd"),
        (Order(1).reversed().reversed(), "aecbd"),
    ],
)
def test_rows_are_sorted_and_those_that_show_nothing_are_last(order: Order, expected: str) -> None:
    assert expected == keys(order=order)


def test_a_filter_and_an_order_work_together() -> None:
    assert "cb" == keys("snap", Order(1))


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("9.04", 9.04), ("48\u00a0213", 48213), ("33.0 GB", 33e9), ("980 kB", 980e3),
        ("875 k", 875e3), ("4 (1 failed)", 4), ("-3", -3), ("+4.1 ▼", 4.1), ("n/a", 0),
        ("1.5 M", 1.5e6),
    ],
)  # fmt: skip
def test_the_number_a_cell_begins_with(shown: str, value: float) -> None:
    assert value == number(shown)


@pytest.mark.parametrize(
    ("x", "column"), [(-1, None), (0, 4), (6, 4), (7, 4), (8, 1), (13, 1), (14, None)]
)
def test_the_column_under_a_place(x: int, column: int | None) -> None:
    layout = Layout(((4, 6), (1, 4)), gap=2)
    assert [0, 8] == layout.starts()
    assert column == layout.column_at(x)
