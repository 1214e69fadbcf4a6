"""The mean line and its outliers, column by column."""

import pytest

from labtui.plot.bins import Bins
from labtui.plot.glyphs import ASCII, BLOCK, BRAILLE, Glyphs
from labtui.plot.line import Ink
from labtui.plot.raster import EMPTY, Raster

ROWS = 4


def raster(points: list[tuple[float, float, int]], glyphs: Glyphs = ASCII) -> Raster:
    """Return a raster with one bin a second, one bin a dot, over the values given."""
    bins = Bins(1.0, keep_s=1000)
    for t_s, value, stroke in points:
        bins.add(t_s, value, stroke, stroke)
    drawn = Raster(bins, glyphs, ROWS, 1)
    drawn.fit(0, 50)
    return drawn


def glyphs_of(drawn: Raster, cell: int) -> str:
    return "".join(glyph for glyph, _ in drawn.column(cell))


@pytest.mark.parametrize("glyphs", [BRAILLE, BLOCK, ASCII], ids=lambda glyphs: glyphs.name)
def test_there_is_a_character_for_every_dot_pattern(glyphs: Glyphs) -> None:
    assert 2 ** (glyphs.dots_x * glyphs.dots_y) == len(glyphs.cells) == len(set(glyphs.cells))
    assert " " == glyphs.cells[0]


def test_braille_dots_are_where_unicode_has_them() -> None:
    left_top, right_bottom = BRAILLE.cells[0b1], BRAILLE.cells[0b10000000]
    assert ("⠁", "⢀") == (left_top, right_bottom)


def test_columns_without_samples_are_empty() -> None:
    drawn = raster([(5.0, 10.0, 1)])
    assert (EMPTY,) * ROWS == drawn.column(3)
    assert (EMPTY,) * ROWS != drawn.column(5)


def test_a_gap_inside_a_launch_is_bridged() -> None:
    drawn = raster([(0.0, 10.0, 1), (10.0, 10.0, 1)])
    assert [glyphs_of(drawn, 0)] * 9 == [glyphs_of(drawn, cell) for cell in range(1, 10)]


def test_a_gap_between_launches_is_not_bridged() -> None:
    drawn = raster([(0.0, 10.0, 1), (10.0, 10.0, 2)])
    assert all(drawn.column(cell) == (EMPTY,) * ROWS for cell in range(1, 10))


def test_a_step_is_drawn_as_a_vertical_line() -> None:
    drawn = raster([(0.0, 0.001, 1), (1.0, 10.0, 1)])
    assert " " not in glyphs_of(drawn, 1)[1:]


def test_only_a_real_outlier_gets_a_dot_of_its_own() -> None:
    steady = [(0.0, 10.0, 1)] * 20
    quiet = raster([*steady, (0.5, 11.0, 1)])
    loud = raster([*steady, (0.5, 15.0, 1)])
    inks = [{pen.ink for _, pen in drawn.column(0)} for drawn in (quiet, loud)]
    assert Ink.OUTLIER not in inks[0]
    assert Ink.OUTLIER in inks[1]


def test_a_cell_has_the_colour_of_its_latest_launch_only() -> None:
    drawn = raster([(0.0, 10.0, 1), (1.0, 10.0, 2)], BRAILLE)
    tones = {pen.tone for _, pen in drawn.column(0) if pen.ink is Ink.LINE}
    assert {2} == tones


def test_the_last_value_knows_its_row_and_launch() -> None:
    drawn = raster([(0.0, 0.001, 1), (20.0, 10.0, 2)])
    last = drawn.last_row()
    assert last is not None
    assert (0, 10.0, 2) == (last[0], last[1].mean, last[1].stroke)
    assert raster([]).last_row() is None


def test_forgetting_redraws_the_line_that_leads_to_a_new_sample() -> None:
    bins = Bins(1.0, keep_s=1000)
    bins.add(0.0, 10.0, 1, 0)
    drawn = Raster(bins, ASCII, ROWS, 1)
    drawn.fit(0, 20)
    before = [drawn.column(cell) for cell in range(5)]
    drawn.forget_from(bins.add(4.0, 10.0, 1, 0))
    assert before[0] == drawn.column(0)
    assert all(before[cell] != drawn.column(cell) for cell in range(1, 5))
