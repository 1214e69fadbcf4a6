"""A table that draws only the rows on the screen and repaints only the rows that changed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip

from labtui.core.filter import Filter
from labtui.tui.actions import Scope, bindings
from labtui.tui.arrange import Order, arranged
from labtui.tui.cells import Cell, Column, Layout, Row, fit, needed_widths, pad
from labtui.tui.messages import Rearranged, RowMoved, RowPicked
from labtui.tui.theme import Tone
from labtui.tui.widgets.filter_line import FilterLine
from labtui.tui.widgets.styled import StyledWidget

_CURSOR, _MARK = "▸", "■"
_LEFT = 3
"""Cells before the first column: cursor and mark."""
_NO_MATCH = "No row has all these words: esc drops the filter."


class Table(StyledWidget, can_focus=True):
    """Rows under a heading, filtered and sorted; the cursor stays on its row when rows change."""

    PANE: ClassVar[Scope] = Scope.ROWS
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        *bindings(Scope.TABLE),
        *bindings(Scope.ROWS),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = StyledWidget.COMPONENT_CLASSES | {"row-cursor"}

    def __init__(self, columns: Sequence[Column], *, id: str, empty: str = "") -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._empty = empty
        self._all: list[Row] = []
        self._rows: list[Row] = []
        self._filter = Filter()
        self._order: Order | None = None
        self._needed = [column.least for column in columns]
        self._cursor = 0
        self._anchor = ""
        """Key of the row the cursor was put on; it returns there once a filter shows it again."""
        self._top = 0

    @property
    def rows(self) -> Sequence[Row]:
        """The rows shown, top first."""
        return self._rows

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    @property
    def is_filtered(self) -> bool:
        """Whether a filter is at work."""
        return bool(self._filter)

    @property
    def is_rearranged(self) -> bool:
        """Whether a filter or an order of the user's is at work."""
        return self.is_filtered or self._order is not None

    @property
    def key(self) -> str:
        """Key of the row under the cursor; empty when there is none."""
        return self._rows[self._cursor].key if self._rows else ""

    @property
    def row_text(self) -> str:
        """The row under the cursor as tab-separated text."""
        return "\t".join(c.text for c in self._rows[self._cursor].cells) if self._rows else ""

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Replace the columns by as many others, before rows that fit them; the order stays."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self._needed = [column.least for column in columns]
            self.refresh()

    def set_empty(self, text: str) -> None:
        """Set the sentence shown when there are no rows."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows."""
        self._all = list(rows)
        self._arrange()

    def set_filter(self, text: str) -> None:
        """Show only the rows that have all words; see core.filter."""
        self._filter = Filter(text)
        self._rearrange()

    def _sort_by(self, order: Order | None) -> None:
        self._order = order
        self._rearrange()

    def _rearrange(self) -> None:
        self._arrange()
        self.refresh()
        self.post_message(Rearranged())

    def _arrange(self) -> None:
        key, old = self.key, self._rows
        self._rows = rows = arranged(self._all, self._columns, self._filter, self._order)
        self._cursor = next((i for i, r in enumerate(rows) if r.key == self._anchor), self._cursor)
        self._cursor = max(0, min(self._cursor, len(self._rows) - 1))
        if all(row.key != self._anchor for row in self._all):
            self._anchor = self.key
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
        return needed_widths(self._columns, self._all[:200])

    def _refresh_rows(self, numbers: Iterable[int]) -> None:
        width = self.size.width
        for number in numbers:
            line = number - self._top + 1
            if 1 <= line < self.size.height:
                self.refresh(Region(0, line, width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw the heading or a row."""
        if y == 0:
            return self._heading(self._layout)
        number = y - 1 + self._top
        if number < len(self._rows):
            return self._row(number, self._layout)
        why = _NO_MATCH if self._all else self._empty
        return self.strip([Cell(f"  {why}" if y == 1 and not self._rows else "", Tone.MUTED)])

    @property
    def _layout(self) -> Layout:
        return fit(self._columns, self._needed, self.size.width - _LEFT - 1)

    def _heading(self, layout: Layout) -> Strip:
        line = " " * _LEFT
        for start, (i, width) in zip(layout.starts(), layout.shown, strict=True):
            title = pad(self._columns[i].title, width, self._columns[i].is_right)
            line = set_cell_size(line, _LEFT + start) + title + " "
            if self._order is not None and self._order.column == i:
                line = self._marked(line, i)
        return self.strip([Cell(line, Tone.MUTED)], Style(bold=True))

    def _marked(self, line: str, column: int) -> str:
        """Put the mark of the order beside the title that the line ends with."""
        title = self._columns[column].title
        at = line.rindex(title) + (-1 if self._columns[column].is_right else len(title))
        mark = self._order.mark if self._order else ""
        return line[:at] + mark + line[at + 1 :]

    def _row(self, number: int, layout: Layout) -> Strip:
        row, is_cursor = self._rows[number], number == self._cursor
        over = self.part_style("row-cursor") if is_cursor else None
        cells = [
            Cell(_CURSOR if is_cursor else " ", Tone.ACCENT),
            Cell(_MARK + " " if row.is_marked else "  ", Tone.ACCENT),
        ]
        for at, (i, width) in enumerate(layout.shown):
            gap = " " * layout.gap if at else ""
            text = gap + pad(row.cells[i].text, width, self._columns[i].is_right)
            cells.append(Cell(text, row.cells[i].tone))
        used = (
            _LEFT + sum(width for _, width in layout.shown) + layout.gap * (len(layout.shown) - 1)
        )
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
        self._anchor = self.key
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

    def action_sort(self) -> None:
        """Sort by the next column shown; after the last one rows are as they came."""
        shown = [i for i, _ in self._layout.shown if self._columns[i].is_sortable]
        after = shown if self._order is None else [i for i in shown if i > self._order.column]
        self._sort_by(Order(after[0]) if after else None)

    def action_reverse(self) -> None:
        """Turn the order round."""
        if self._order is not None:
            self._sort_by(self._order.reversed())

    def action_filter(self) -> None:
        """Open the line that filters the rows while one types."""
        lines = [line for line in self.screen.query(FilterLine) if line.table is self]
        if lines:
            lines[0].edit()
        else:
            self.screen.mount(FilterLine(self), after=self)

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
        """Click: select, or sort by a title; double click: open."""
        if event.y == 0:
            self._sort_at(event.x - _LEFT)
        number = event.y - 1 + self._top
        if event.y >= 1 and number < len(self._rows):
            self._move(number)
            if event.chain == 2:
                self.post_message(RowPicked(self.id or "", self.key))

    def _sort_at(self, x: int) -> None:
        """Sort by the column at a place; a second time the other way round."""
        column = self._layout.column_at(x)
        if self._order is not None and self._order.column == column:
            self.action_reverse()
        elif column is not None and self._columns[column].is_sortable:
            self._sort_by(Order(column))
