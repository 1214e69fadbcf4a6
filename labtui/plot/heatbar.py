"""The one-row temperature bar."""

from collections.abc import Iterable

from labtui.plot.glyphs import Glyphs
from labtui.plot.line import Ink, Pen
from labtui.plot.raster import EMPTY, Cell
from labtui.plot.trace import Heat

COOL_C = 25.0
HOT_C = 45.0
"""The bar's range; it grows in steps of 5 °C when a device leaves it."""
HOLD_S = 5.0
"""How long a reading stands for what comes after it."""


def levels_range(readings: Iterable[Heat]) -> tuple[float, float]:
    """Return the (low, high) of the bar in °C."""
    temps_c = [r.temp_c for r in readings if r.temp_c is not None]
    low = min([COOL_C, *(t // 5 * 5 for t in temps_c)])
    return low, max([HOT_C, *(-(-t // 5) * 5 for t in temps_c)])


def heat_by_cell(readings: Iterable[Heat], cell_s: float, first: int, last: int) -> dict[int, Heat]:
    """Return the reading that stands in each absolute column from `first` to `last`."""
    shown: dict[int, Heat] = {}
    previous: Heat | None = None
    for reading in readings:
        cell = int(reading.t_s // cell_s)
        if previous is not None:
            _hold(shown, previous, cell_s, max(first, 0), min(cell - 1, last))
        if first <= cell <= last:
            shown[cell] = reading
        previous = reading
    if previous is not None:
        _hold(shown, previous, cell_s, first, last)
    return shown


def _hold(shown: dict[int, Heat], reading: Heat, cell_s: float, first: int, last: int) -> None:
    start = int(reading.t_s // cell_s)
    end = min(last, int((reading.t_s + HOLD_S) // cell_s))
    for cell in range(max(first, start), end + 1):
        shown[cell] = reading


def bar_cell(heat: Heat | None, low_c: float, high_c: float, glyphs: Glyphs) -> Cell:
    """Return one cell of the bar."""
    if heat is None or heat.temp_c is None:
        return EMPTY
    share = (heat.temp_c - low_c) / (high_c - low_c)
    level = min(len(glyphs.levels) - 1, max(0, int(share * len(glyphs.levels))))
    return glyphs.levels[level], Pen(Ink.THROTTLED if heat.is_throttled else Ink.HEAT)
