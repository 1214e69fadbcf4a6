"""One device's live plot: a title line over the chart; repaints only the lines that changed."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from labtui.plot import GUTTER, Chart, Glyphs, Ink, Pen, Probe, Trace, crossed
from labtui.tui import units
from labtui.tui.cells import Cell
from labtui.tui.theme import Tone, variant_tone
from labtui.tui.widgets.styled import StyledWidget

_INK_TONES = {
    Ink.BLANK: Tone.PLAIN, Ink.AXIS: Tone.MUTED, Ink.RULE: Tone.MUTED, Ink.HEAT: Tone.HEAT,
    Ink.THROTTLED: Tone.BAD, Ink.CURSOR: Tone.STRONG, Ink.LIMIT: Tone.STRONG,
}  # fmt: skip


class LivePlot(StyledWidget):
    """Latency, heat and marks of one device."""

    COMPONENT_CLASSES: ClassVar[set[str]] = StyledWidget.COMPONENT_CLASSES | {
        "plot-title",
        "plot-title-selected",
    }

    class Chosen(Message):
        """The plot was clicked."""

        def __init__(self, device: str) -> None:
            super().__init__()
            self.device = device

    def __init__(self, glyphs: Glyphs, limit_ms: float | None = None) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._limit_ms = limit_ms
        self._broken: frozenset[int] = frozenset()
        """Numbers of the variants whose latency does not count."""
        self._trace: Trace | None = None
        self._chart: Chart | None = None
        self._title: tuple[Cell, ...] = ()
        self._empty = ""
        self._ink_styles: dict[Pen, Style] = {}
        self._is_selected = False
        self._cursor: int | None = None
        """Column of the chart that is read; None = none."""
        self._read_out = ""
        self.device = ""

    def notify_style_update(self) -> None:
        """Forget styles of the theme before."""
        self._ink_styles = {}
        super().notify_style_update()

    def attach(self, device: str, trace: Trace) -> None:
        """Show another device."""
        if trace is not self._trace:
            self.device, self._trace = device, trace
            self._chart = Chart(trace, self._glyphs, limit=self._limit_ms)
            self._cursor = None
            self.refresh()

    def use(self, glyphs: Glyphs) -> None:
        """Draw with another marker set."""
        self._glyphs = glyphs
        if self._trace is not None:
            self._chart = Chart(self._trace, glyphs, limit=self._limit_ms)
            self.refresh()

    def set_title(self, cells: tuple[Cell, ...], empty: str) -> None:
        """Set the title line, and the sentence shown while there is no data."""
        if (cells, empty) == (self._title, self._empty):
            return
        is_whole = empty != self._empty
        self._title, self._empty = cells, empty
        self.refresh(*([] if is_whole else [self._title_region]))

    def select(self, is_selected: bool) -> None:
        """Show whether this is the device under the board's cursor."""
        if is_selected != self._is_selected:
            self._is_selected = is_selected
            self.refresh(self._title_region)

    def condemn(self, broken: frozenset[int]) -> None:
        """Show the lines of these variants as those of broken results."""
        if broken != self._broken:
            self._broken = broken
            self._ink_styles = {}
            self.refresh()

    @property
    def _title_region(self) -> Region:
        return Region(0, 0, self.size.width, 1)

    def draw(self, now_s: float, window_s: float) -> None:
        """Bring the chart up to date."""
        width, height = self.size
        if self._chart is None or width < 20 or height < 3 or self._is_blank:
            return
        self._chart.configure(width, height - 1, window_s)
        for line in self._chart.draw(now_s):
            self.refresh(Region(0, line + 1, width, 1))
        if self._cursor is not None:
            self._read()

    @property
    def has_cursor(self) -> bool:
        """Whether a column is being read."""
        return self._cursor is not None

    def move_cursor(self, by: int) -> None:
        """Read the column so many to the right; the first time the last one."""
        last = self._columns - 1
        self._put_cursor(last if self._cursor is None else self._cursor + by)

    def drop_cursor(self) -> None:
        """Read no column any more."""
        self._put_cursor(None)

    @property
    def _columns(self) -> int:
        return self._chart.columns if self._chart else 0

    def _put_cursor(self, column: int | None) -> None:
        if column is not None:
            column = max(0, min(column, self._columns - 1)) if self._columns else None
        if column == self._cursor:
            return
        stale = [c for c in (self._cursor, column) if c is not None]
        self._cursor = column
        height = self.size.height - 1
        self.refresh(*(Region(GUTTER + at, 1, 1, height) for at in stale), self._title_region)
        self._read()

    def _read(self) -> None:
        """Bring the read-out up to date."""
        words = ""
        if self._cursor is not None and self._chart is not None and self._cursor < self._columns:
            words = _probe_text(self._chart.probe(self._cursor))
        if words != self._read_out:
            self._read_out = words
            self.refresh(self._title_region)

    @property
    def _is_blank(self) -> bool:
        return self._trace is None or self._trace.last_s is None

    def render_line(self, y: int) -> Strip:
        """Draw the title or a line of the chart."""
        if y == 0:
            return self._title_strip()
        if self._is_blank:
            return self._blank_line(y)
        lines = self._chart.lines if self._chart else []
        if y > len(lines):
            return self.strip([])
        line = lines[y - 1]
        if self._cursor is not None:
            line = crossed(line, GUTTER + self._cursor, self._glyphs.launch)
        runs = [Segment(run.text, self._ink_style(run.pen)) for run in line]
        filler = self.tone_style(Tone.PLAIN)
        return Strip(runs).adjust_cell_length(self.size.width, filler)

    def _title_strip(self) -> Strip:
        cells = self._title
        if self._read_out:
            cells = (*cells[:1], Cell(f"  {self._read_out}", Tone.STRONG))
        style = "plot-title-selected" if self._is_selected else "plot-title"
        return self.strip(cells, self.part_style(style))

    def _blank_line(self, y: int) -> Strip:
        if y != max(1, self.size.height // 2):
            return self.strip([])
        return self.strip([Cell(self._empty.center(self.size.width), Tone.MUTED)])

    def _ink_style(self, pen: Pen) -> Style:
        style = self._ink_styles.get(pen)
        if style is None:
            own = Tone.BAD if pen.tone in self._broken else variant_tone(pen.tone)
            tone = _INK_TONES.get(pen.ink) or own
            is_bold = pen.ink in (Ink.VALUE, Ink.MARK)
            extra = Style(bold=is_bold, dim=pen.ink in (Ink.RULE, Ink.CLIPPED))
            style = self._ink_styles[pen] = self.tone_style(tone) + extra
        return style

    def on_click(self, event: events.Click) -> None:
        """Select the device."""
        event.stop()
        self.post_message(self.Chosen(self.device))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Read the column under the mouse."""
        column = event.x - GUTTER
        is_inside = event.y > 0 and 0 <= column < self._columns
        self._put_cursor(column if is_inside else None)

    def on_leave(self) -> None:
        """Stop reading when the mouse goes."""
        self.drop_cursor()

    async def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Wheel: a shorter time window."""
        event.stop()
        await self.run_action("screen.zoom_in")

    async def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Wheel: a longer time window."""
        event.stop()
        await self.run_action("screen.zoom_out")


def _probe_text(probe: Probe) -> str:
    when = f"t-{probe.ago_s:.1f} s"
    if not probe.count:
        return f"{when}  no sample"
    mean, peak = units.latency_ms(probe.mean * 1e6), units.latency_ms(probe.peak * 1e6)
    return f"{when}  mean {mean}  max {peak} ms  n {probe.count}"
