"""One plot: marks, latency raster, temperature bar and time axis; knows which lines changed."""

from dataclasses import dataclass

from labtui.plot.glyphs import Glyphs
from labtui.plot.heatbar import bar_cell, heat_by_cell, levels_range
from labtui.plot.line import AXIS, Ink, Line, Pen, Run, join, write
from labtui.plot.raster import EMPTY, Cell, Raster
from labtui.plot.scale import nice_step
from labtui.plot.trace import Heat, Trace

GUTTER = 6
"""Columns left of the plot area: tick labels and the axis."""
MARGIN = 7
"""Columns right of it: the last values."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a picture depends on besides the data."""

    width: int
    height: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows there is room for; the raster takes what is left."""

    raster: int
    has_marks: bool
    has_heat: bool
    has_time: bool


def rows_for(height: int) -> Rows:
    """Share out the height."""
    marks, heat, time = height >= 6, height >= 5, height >= 9
    return Rows(max(1, height - marks - heat - time), marks, heat, time)


@dataclass(frozen=True, slots=True)
class Probe:
    """What one column of a chart stands for; values in the unit of the y axis."""

    ago_s: float
    """From the column to the right edge."""
    count: int = 0
    """Samples in it."""
    mean: float = 0.0
    peak: float = 0.0


class Chart:
    """Draws a trace; `draw` returns the numbers of the lines that changed."""

    def __init__(
        self, trace: Trace, glyphs: Glyphs, unit: str = "ms", limit: float | None = None
    ) -> None:
        """Take the data; `limit` is a value that is drawn as a line across."""
        self._trace = trace
        self._glyphs = glyphs
        self._unit = unit
        self._limit = limit
        self._frame = Frame(0, 0, 0.0)
        self._seen: tuple[int, int] | None = None
        """(version of the trace, last absolute column) of the picture."""
        self.lines: list[Line] = []

    def configure(self, width: int, height: int, window_s: float) -> None:
        """Set the size in cells and the time window; the next `draw` makes a new picture."""
        frame = Frame(width, height, window_s)
        if frame == self._frame:
            return
        self._frame = frame
        self._rows = rows_for(height)
        self._columns = max(1, width - GUTTER - MARGIN)
        dots = self._columns * self._glyphs.dots_x
        bins_per_dot = max(1, round(window_s / dots / self._trace.bins.width_s))
        self._raster = Raster(
            self._trace.bins, self._glyphs, self._rows.raster, bins_per_dot, self._limit
        )
        self._seen = None
        self.lines = []

    def draw(self, now_s: float) -> list[int]:
        """Bring the picture to `now_s`, the right edge; return the numbers of changed lines."""
        changed_from = self._trace.take_change()
        if changed_from is not None:
            self._raster.forget_from(changed_from)
        last = int(now_s // self._raster.cell_s)
        if (self._trace.version, last) == self._seen:
            return []
        self._seen = (self._trace.version, last)
        return self._replace(self._picture(last - self._columns + 1, last))

    @property
    def columns(self) -> int:
        """Width of the plot area in cells; 0 before the first picture."""
        return self._columns if self.lines else 0

    def probe(self, column: int) -> Probe:
        """Return what is under a column of the picture, 0 = left; the picture must be drawn."""
        back = self._columns - 1 - column
        last = self._seen[1] if self._seen else 0
        found, ago_s = self._raster.bin(last - back), back * self._raster.cell_s
        if found is None:
            return Probe(ago_s)
        return Probe(ago_s, found.count, found.mean, found.peak)

    def _replace(self, lines: list[Line]) -> list[int]:
        old, self.lines = self.lines, lines
        if len(old) != len(lines):
            return list(range(len(lines)))
        return [number for number, line in enumerate(lines) if line != old[number]]

    def _picture(self, first: int, last: int) -> list[Line]:
        self._raster.fit(first, last)
        rows = self._rows
        heat = heat_by_cell(self._trace.heat, self._raster.cell_s, first, last)
        lines = [self._marks_line(first, last, heat)] if rows.has_marks else []
        lines += self._raster_lines(first, last)
        if rows.has_heat:
            lines.append(self._heat_line(first, last, heat))
        if rows.has_time:
            lines.append(self._time_line())
        return lines

    def _framed(self, label: str, cells: list[Cell], value: str, value_pen: Pen) -> Line:
        gutter = f"{label:>{GUTTER - 1}}"[: GUTTER - 1]
        axis = self._glyphs.axis if label else " "
        margin = f"{value:<{MARGIN}}"[:MARGIN]
        return join([(gutter + axis, AXIS), *cells, (margin, value_pen)])

    def _raster_lines(self, first: int, last: int) -> list[Line]:
        columns = [self._raster.column(cell) for cell in range(first, last + 1)]
        rules = self._rules(first, last)
        ticks = self._raster.tick_rows() if self._trace.bins.newest is not None else {}
        limit_row = self._raster.limit_row()
        lines = []
        for row in range(self._rows.raster):
            cells = [column[row] for column in columns]
            for at in rules:
                if cells[at] == EMPTY:
                    cells[at] = (self._glyphs.rule, Pen(Ink.RULE))
            if row == limit_row:
                cells = [self._limit_cell if cell == EMPTY else cell for cell in cells]
            lines.append(self._framed(ticks.get(row, ""), cells, *self._last_value(row)))
        return lines

    @property
    def _limit_cell(self) -> Cell:
        return self._glyphs.limit, Pen(Ink.LIMIT)

    def _last_value(self, row: int) -> tuple[str, Pen]:
        last = self._raster.last_row()
        if last is None or last[0] != row:
            is_limit = self._limit is not None and row == self._raster.limit_row()
            return (self._limit_text if is_limit else ""), Pen(Ink.LIMIT)
        return f"{self._glyphs.last}{_short(last[1].mean)}", Pen(Ink.VALUE, last[1].tone)

    @property
    def _limit_text(self) -> str:
        return "" if self._limit is None else f" ≤{_short(self._limit)}"

    @property
    def _limit_far_off(self) -> str:
        """What tells of a limit that is not in sight, and on which side it lies."""
        scale = self._raster.scale
        if self._limit is None or self._raster.limit_row() is not None:
            return ""
        mark = self._glyphs.above if self._limit > scale.high else self._glyphs.below
        return f"{self._limit_text}{mark}"

    def _rules(self, first: int, last: int) -> list[int]:
        cells = (int(mark.t_s // self._raster.cell_s) for mark in self._trace.marks)
        return [cell - first for cell in cells if first <= cell <= last]

    def _marks_line(self, first: int, last: int, heat: dict[int, Heat]) -> Line:
        cells = [self._throttle_cell(heat.get(cell)) for cell in range(first, last + 1)]
        for mark in self._trace.marks:
            at = int(mark.t_s // self._raster.cell_s) - first
            if -len(mark.label) <= at < len(cells):
                write(cells, at, f"{self._glyphs.launch}{mark.label}", Pen(Ink.MARK, mark.tone))
        return join(
            [
                (f"{self._unit:>{GUTTER - 1}} ", AXIS),
                *cells,
                (f"{self._limit_far_off:<{MARGIN}}", Pen(Ink.LIMIT)),
            ]
        )

    def _throttle_cell(self, heat: Heat | None) -> Cell:
        is_throttled = heat is not None and heat.is_throttled
        return (self._glyphs.throttled, Pen(Ink.THROTTLED)) if is_throttled else EMPTY

    def _heat_line(self, first: int, last: int, heat: dict[int, Heat]) -> Line:
        low_c, high_c = levels_range(self._trace.heat)
        cells = [bar_cell(heat.get(c), low_c, high_c, self._glyphs) for c in range(first, last + 1)]
        latest = self._trace.heat[-1] if self._trace.heat else None
        has_value = latest is not None and latest.temp_c is not None
        value = f" {latest.temp_c:.1f}" if latest and has_value else ""
        ink = Ink.THROTTLED if latest and latest.is_throttled else Ink.HEAT
        return self._framed("°C", cells, value, Pen(ink))

    def _time_line(self) -> Line:
        cells: list[Cell] = [EMPTY] * self._columns
        cell_s = self._raster.cell_s
        step_s = _time_step(cell_s * 12)
        for number in range(1, 1 + int(self._columns * cell_s / step_s)):
            words = f"-{_time(number * step_s)}"
            at = self._columns - 1 - round(number * step_s / cell_s) - len(words) // 2
            if at >= 0:
                write(cells, at, words, AXIS)
        write(cells, self._columns - 3, "now", AXIS)
        return (Run(" " * GUTTER, AXIS), *join(cells), Run(" " * MARGIN, AXIS))


def _time_step(least_s: float) -> float:
    """Return a round distance of time labels: 1-2-5 below 10 s, then 15 s, 30 s and minutes."""
    steps = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
    return nice_step(least_s) if least_s <= 2 else next((s for s in steps if s >= least_s), 600.0)


def _time(seconds: float) -> str:
    is_minutes = seconds >= 60 and seconds % 60 == 0
    return f"{seconds / 60:.0f}m" if is_minutes else f"{seconds:g}s"


def _short(value: float) -> str:
    """Return a value in at most 5 characters with 3 significant digits."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
