"""The line under a table that filters its rows while one types; it stays until it is dropped."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal

from labtui.tui.cells import Cell
from labtui.tui.theme import Tone
from labtui.tui.widgets.bars import Notice

if TYPE_CHECKING:
    from textual.widgets import Input

    from labtui.tui.widgets.table import Table

_HELP = "such as: pixel variant:int8 tag:release"


class FilterLine(Horizontal):
    """Text of the filter, and how many rows it leaves."""

    def __init__(self, table: "Table") -> None:
        super().__init__(classes="filter")
        self.table = table
        self._count = Notice()
        self._text: Input | None = None
        """None until it is composed."""

    def compose(self) -> ComposeResult:
        """Key, text, count."""
        from textual.widgets import Input  # noqa: PLC0415 (not before first paint)

        key = Notice()
        key.say(Cell("/", Tone.ACCENT))
        self._text = Input(placeholder=_HELP, compact=True, select_on_focus=False)
        yield key.add_class("filter-key")
        yield self._text.add_class("filter-text")
        yield self._count.add_class("filter-count")

    def on_mount(self) -> None:
        """Begin to type."""
        self.edit()

    def edit(self) -> None:
        """Go on typing."""
        if self._text is not None:
            self._text.focus()
        self.update()

    def update(self) -> None:
        """Bring the count up to date."""
        keys = "enter keeps, esc drops" if self.is_edited else "esc drops"
        count = f"{len(self.table.rows)} of {self.table.total} · {keys}"
        self._count.say(Cell(count, Tone.MUTED))

    @property
    def is_edited(self) -> bool:
        """Whether keys go into the text."""
        return self._text is not None and self._text.has_focus

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Filter."""
        self.table.set_filter(event.value)
        self.update()

    def on_input_submitted(self) -> None:
        """Go back to the rows; the filter stays, unless it is empty."""
        self.table.focus()
        if not self.table.is_filtered:
            self.remove()

    def drop(self) -> None:
        """Show all rows again."""
        self.table.set_filter("")
        self.table.focus()
        self.remove()
