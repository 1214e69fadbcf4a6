"""A scrolling page of coloured lines."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding
from textual.geometry import Size
from textual.strip import Strip

from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, PageLine
from labtui.tui.theme import Tone
from labtui.tui.widgets.styled import StyledWidget


class Page(StyledWidget, can_focus=True):
    """Lines of cells; the keys of tables scroll it."""

    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.TABLE)  # type: ignore[assignment]

    def __init__(self, *, id: str | None = None, classes: str = "page") -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._lines: list[PageLine] = []
        self._top = 0

    @property
    def text(self) -> str:
        """All lines as plain text."""
        return "\n".join("".join(cell.text for cell in line) for line in self._lines)

    def set_lines(self, lines: Sequence[PageLine]) -> None:
        """Replace the lines."""
        if list(lines) != self._lines:
            is_other_height = len(lines) != len(self._lines)
            self._lines = list(lines)
            self._scroll(self._top)
            self.refresh(layout=is_other_height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of lines, for a height that follows them."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw a line, or the mark that there are more."""
        number = y + self._top
        below = len(self._lines) - self._top - self.size.height
        if y == self.size.height - 1 and below > 0:
            return self.strip([Cell(f"  … {below + 1} more lines", Tone.MUTED)])
        return self.strip(self._lines[number] if number < len(self._lines) else [])

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, len(self._lines) - self.size.height))
        if top != self._top:
            self._top = top
            self.refresh()

    def action_cursor_down(self) -> None:
        """Go one line down."""
        self._scroll(self._top + 1)

    def action_cursor_up(self) -> None:
        """Go one line up."""
        self._scroll(self._top - 1)

    def action_first(self) -> None:
        """Go to the top."""
        self._scroll(0)

    def action_last(self) -> None:
        """Go to the end."""
        self._scroll(len(self._lines))

    def action_page_down(self) -> None:
        """Go half a page down."""
        self._scroll(self._top + max(1, self.size.height // 2))

    def action_page_up(self) -> None:
        """Go half a page up."""
        self._scroll(self._top - max(1, self.size.height // 2))

    def on_resize(self) -> None:
        """Show no emptiness below the end."""
        self._scroll(self._top)

    def on_mouse_scroll_down(self) -> None:
        """Wheel: down."""
        self._scroll(self._top + 3)

    def on_mouse_scroll_up(self) -> None:
        """Wheel: up."""
        self._scroll(self._top - 3)
