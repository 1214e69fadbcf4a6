"""A table that draws only the rows on the screen and repaints only the rows that changed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip

from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, Column, Layout, Row, fit, needed_widths, pad
from labtui.tui.messages import RowMoved, RowPicked
from labtui.tui.theme import Tone
from labtui.tui.widgets.styled import StyledWidget

_CURSOR, _MARK = "▸", "■"


class Table(StyledWidget, can_focus=True):
    """Rows under a heading; the cursor stays on its row's key when rows change."""

    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.TABLE)  # type: ignore[assignment]
    COMPONENT_CLASSES: ClassVar[set[str]] = StyledWidget.COMPONENT_CLASSES | {"row-cursor"}

    def __init__(self, columns: Sequence[Column], *, id: str, empty: str = "") -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._empty = empty
        self._rows: list[Row] = []
        self._needed = [column.least for column in columns]
        self._cursor = 0
        self._top = 0

    @property
    def rows(self) -> Sequence[Row]:
        """The rows, top first."""
        return self._rows

    @property
    def key(self) -> str:
        """Key of the row under the cursor; empty when there is none."""
        return self._rows[self._cursor].key if self._rows else ""

    @property
    def row_text(self) -> str:
        """The row under the cursor as tab-separated text."""
        return "\t".join(c.text for c in self._rows[self._cursor].cells) if self._rows else ""

    def set_empty(self, text: str) -> None:
        """Set the sentence shown when there are no rows."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows."""
        key, old = self.key, self._rows
        self._rows = list(rows)
        self._cursor = next((i for i, r in enumerate(rows) if r.key == key), self._cursor)
        self._cursor = max(0, min(self._cursor, len(self._rows) - 1))
        needed = [max(pair) for pair in zip(self._needed, self._fresh_widths(), strict=True)]
        if needed != self._needed or len(old) != len(self._rows):
            self._needed = needed
            self._keep_visible()
            self.refresh()
        else:
            self._refresh_rows(i for i, row in enumerate(self._rows) if row != old[i])
        if self.key != key:
            self.post_message(RowMoved(self.id or "", self.key))

    def _fresh_widths(self) -> list[int]:
        return needed_widths(self._columns, self._rows[:200])

    def _refresh_rows(self, numbers: Iterable[int]) -> None:
        width = self.size.width
        for number in numbers:
            line = number - self._top + 1
            if 1 <= line < self.size.height:
                self.refresh(Region(0, line, width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw the heading or a row."""
        layout = fit(self._columns, self._needed, self.size.width - 4)
        if y == 0:
            return self._heading(layout)
        number = y - 1 + self._top
        if number < len(self._rows):
            return self._row(number, layout)
        return self.strip(
            [Cell(f"  {self._empty}" if y == 1 and not self._rows else "", Tone.MUTED)]
        )

    def _heading(self, layout: Layout) -> Strip:
        titles = [
            pad(self._columns[i].title, width, self._columns[i].is_right)
            for i, width in layout.shown
        ]
        line = "   " + (" " * layout.gap).join(titles)
        return self.strip([Cell(line, Tone.MUTED)], Style(bold=True))

    def _row(self, number: int, layout: Layout) -> Strip:
        row, is_cursor = self._rows[number], number == self._cursor
        over = self.get_component_rich_style("row-cursor", partial=True) if is_cursor else None
        cells = [
            Cell(_CURSOR if is_cursor else " ", Tone.ACCENT),
            Cell(_MARK + " " if row.is_marked else "  ", Tone.ACCENT),
        ]
        for at, (i, width) in enumerate(layout.shown):
            gap = " " * layout.gap if at else ""
            text = gap + pad(row.cells[i].text, width, self._columns[i].is_right)
            cells.append(Cell(text, row.cells[i].tone))
        used = 3 + sum(width for _, width in layout.shown) + layout.gap * (len(layout.shown) - 1)
        cells.append(
            Cell(" " * (self.size.width - used - 1) + self._scroll_mark(number), Tone.MUTED)
        )
        return self.strip(cells, over)

    def _scroll_mark(self, number: int) -> str:
        """Return the scroll bar's character beside a row; nothing when all rows are visible."""
        page, count = self.size.height - 1, len(self._rows)
        if count <= page:
            return ""
        thumb = max(1, page * page // count)
        start = self._top * (page - thumb) // (count - page)
        return "█" if start <= number - self._top < start + thumb else "│"

    def _move(self, to: int) -> None:
        to = max(0, min(to, len(self._rows) - 1))
        if to == self._cursor or not self._rows:
            return
        before, self._cursor = self._cursor, to
        if self._keep_visible():
            self.refresh()
        else:
            self._refresh_rows((before, to))
        self.post_message(RowMoved(self.id or "", self.key))

    def _keep_visible(self) -> bool:
        """Scroll so that the cursor can be seen; return whether that moved anything."""
        page, top = max(1, self.size.height - 1), self._top
        self._top = min(max(self._top, self._cursor - page + 1), self._cursor)
        self._top = max(0, min(self._top, len(self._rows) - page))
        return self._top != top

    def go_to(self, key: str) -> None:
        """Put the cursor on the row of a key, if it is there."""
        found = next((i for i, row in enumerate(self._rows) if row.key == key), self._cursor)
        self._move(found)

    def action_cursor_down(self) -> None:
        """Go one row down."""
        self._move(self._cursor + 1)

    def action_cursor_up(self) -> None:
        """Go one row up."""
        self._move(self._cursor - 1)

    def action_first(self) -> None:
        """Go to the first row."""
        self._move(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._move(len(self._rows) - 1)

    def action_page_down(self) -> None:
        """Go half a page down."""
        self._move(self._cursor + max(1, self.size.height // 2))

    def action_page_up(self) -> None:
        """Go half a page up."""
        self._move(self._cursor - max(1, self.size.height // 2))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_visible()

    def on_mouse_scroll_down(self) -> None:
        """Wheel: next row."""
        self.action_cursor_down()

    def on_mouse_scroll_up(self) -> None:
        """Wheel: row before."""
        self.action_cursor_up()

    def on_click(self, event: events.Click) -> None:
        """Click: select; double click: open."""
        number = event.y - 1 + self._top
        if event.y >= 1 and number < len(self._rows):
            self._move(number)
            if event.chain == 2:
                self.post_message(RowPicked(self.id or "", self.key))
