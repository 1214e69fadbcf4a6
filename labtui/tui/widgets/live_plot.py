"""One device's live plot: a title line over the chart; repaints only the lines that changed."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from labtui.plot import Chart, Glyphs, Ink, Pen, Trace
from labtui.tui.cells import Cell
from labtui.tui.theme import Tone, variant_tone
from labtui.tui.widgets.styled import StyledWidget

_INK_TONES = {
    Ink.BLANK: Tone.PLAIN, Ink.AXIS: Tone.MUTED, Ink.RULE: Tone.MUTED, Ink.HEAT: Tone.HEAT,
    Ink.THROTTLED: Tone.BAD,
}  # fmt: skip


class LivePlot(StyledWidget):
    """Latency, heat and marks of one device."""

    COMPONENT_CLASSES: ClassVar[set[str]] = StyledWidget.COMPONENT_CLASSES | {"plot-title"}

    class Chosen(Message):
        """The plot was clicked."""

        def __init__(self, device: str) -> None:
            super().__init__()
            self.device = device

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._trace: Trace | None = None
        self._chart: Chart | None = None
        self._title: tuple[Cell, ...] = ()
        self._empty = ""
        self._ink_styles: dict[Pen, Style] = {}
        self.device = ""

    def notify_style_update(self) -> None:
        """Forget styles of the theme before."""
        self._ink_styles = {}
        super().notify_style_update()

    def attach(self, device: str, trace: Trace) -> None:
        """Show another device."""
        if trace is not self._trace:
            self.device, self._trace = device, trace
            self._chart = Chart(trace, self._glyphs)
            self.refresh()

    def use(self, glyphs: Glyphs) -> None:
        """Draw with another marker set."""
        self._glyphs = glyphs
        if self._trace is not None:
            self._chart = Chart(self._trace, glyphs)
            self.refresh()

    def set_title(self, cells: tuple[Cell, ...], empty: str) -> None:
        """Set the title line, and the sentence shown while there is no data."""
        if (cells, empty) == (self._title, self._empty):
            return
        is_whole = empty != self._empty
        self._title, self._empty = cells, empty
        self.refresh(*([] if is_whole else [Region(0, 0, self.size.width, 1)]))

    def draw(self, now_s: float, window_s: float) -> None:
        """Bring the chart up to date."""
        width, height = self.size
        if self._chart is None or width < 20 or height < 3 or self._is_blank:
            return
        self._chart.configure(width, height - 1, window_s)
        for line in self._chart.draw(now_s):
            self.refresh(Region(0, line + 1, width, 1))

    @property
    def _is_blank(self) -> bool:
        return self._trace is None or self._trace.last_s is None

    def render_line(self, y: int) -> Strip:
        """Draw the title or a line of the chart."""
        if y == 0:
            return self.strip(
                self._title, self.get_component_rich_style("plot-title", partial=True)
            )
        if self._is_blank:
            return self._blank_line(y)
        lines = self._chart.lines if self._chart else []
        if y > len(lines):
            return self.strip([])
        runs = [Segment(run.text, self._ink_style(run.pen)) for run in lines[y - 1]]
        filler = self.tone_style(Tone.PLAIN)
        return Strip(runs).adjust_cell_length(self.size.width, filler)

    def _blank_line(self, y: int) -> Strip:
        if y != max(1, self.size.height // 2):
            return self.strip([])
        return self.strip([Cell(self._empty.center(self.size.width), Tone.MUTED)])

    def _ink_style(self, pen: Pen) -> Style:
        style = self._ink_styles.get(pen)
        if style is None:
            tone = _INK_TONES.get(pen.ink) or variant_tone(pen.tone)
            is_bold = pen.ink in (Ink.VALUE, Ink.MARK)
            extra = Style(bold=is_bold, dim=pen.ink in (Ink.RULE, Ink.CLIPPED))
            style = self._ink_styles[pen] = self.tone_style(tone) + extra
        return style

    def on_click(self, event: events.Click) -> None:
        """Select the device."""
        event.stop()
        self.post_message(self.Chosen(self.device))
