"""The temperature bar."""

import pytest

from labtui.plot.glyphs import BRAILLE
from labtui.plot.heatbar import HOLD_S, bar_cell, heat_by_cell, levels_range
from labtui.plot.line import Ink
from labtui.plot.trace import Heat


@pytest.mark.parametrize(
    ("temps_c", "expected"),
    [
        ([], (25.0, 45.0)),
        ([30.0, 41.0], (25.0, 45.0)),
        ([12.0], (10.0, 45.0)),
        ([47.1], (25.0, 50.0)),
        ([None], (25.0, 45.0)),
    ],
)
def test_the_range_grows_in_steps(
    temps_c: list[float | None], expected: tuple[float, float]
) -> None:
    assert expected == levels_range(Heat(0.0, temp_c, False) for temp_c in temps_c)


@pytest.mark.parametrize(
    ("temp_c", "glyph"), [(25.0, "▁"), (35.0, "▅"), (45.0, "█"), (99.0, "█"), (None, " ")]
)
def test_levels(temp_c: float | None, glyph: str) -> None:
    assert glyph == bar_cell(Heat(0.0, temp_c, False), 25.0, 45.0, BRAILLE)[0]


def test_throttled_readings_have_another_ink() -> None:
    _, pen = bar_cell(Heat(0.0, 40.0, True), 25.0, 45.0, BRAILLE)
    assert Ink.THROTTLED is pen.ink


def test_a_reading_stands_until_the_next_but_not_for_ever() -> None:
    readings = [Heat(10.0, 30.0, False), Heat(12.0, 31.0, False)]
    shown = heat_by_cell(readings, 1.0, 0, 100)
    assert [30.0, 30.0, 31.0] == [shown[cell].temp_c for cell in (10, 11, 12)]
    assert 9 not in shown
    assert 12 + HOLD_S == max(shown)


def test_only_visible_columns_are_filled() -> None:
    readings = [Heat(float(second), 30.0, False) for second in range(100)]
    assert set(range(50, 60)) == set(heat_by_cell(readings, 1.0, 50, 59))
