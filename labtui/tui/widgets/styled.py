"""Base of the widgets that draw their own lines: cached styles, strips with a background."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from labtui.tui.cells import Cell
from labtui.tui.theme import Tone


class StyledWidget(Widget):
    """A widget whose component classes are the tones of the theme."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {tone.value for tone in Tone}

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._styles_by_name: dict[str, Style] = {}
        self._parts_by_name: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Forget styles of the theme before."""
        self._styles_by_name = {}
        self._parts_by_name = {}
        super().notify_style_update()

    def tone_style(self, tone: str) -> Style:
        """Return the style of a tone on this widget's background."""
        style = self._styles_by_name.get(tone)
        if style is None:
            style = self._styles_by_name[tone] = self.rich_style + self.part_style(tone)
        return style

    def part_style(self, name: str) -> Style:
        """Return what a component class adds to the style of a tone."""
        style = self._parts_by_name.get(name)
        if style is None:
            style = self._parts_by_name[name] = self.get_component_rich_style(name, partial=True)
        return style

    def strip(self, cells: Sequence[Cell], over: Style | None = None) -> Strip:
        """Return cells as one line of the widget's width; every segment has a background."""
        extra = over or Style.null()
        segments = [Segment(c.text, self.tone_style(c.tone) + extra) for c in cells if c.text]
        filler = self.tone_style(Tone.PLAIN) + extra
        return Strip(segments).adjust_cell_length(self.size.width, filler)
