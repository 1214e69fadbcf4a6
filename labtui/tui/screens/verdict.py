"""What one verdict rests on."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from labtui.core.compare.table import Row
from labtui.tui.views.compare import Look
from labtui.tui.views.compare_details import verdict_lines
from labtui.tui.widgets.page import Page


class VerdictScreen(ModalScreen[None]):
    """A page that follows the verdict while it is open."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("y", "app.copy", "Copy"),
    ]

    def __init__(self, row: Callable[[], Row | None], look: Callable[[], Look]) -> None:
        super().__init__(classes="dialog-screen")
        self._row = row
        self._look = look

    def compose(self) -> ComposeResult:
        """One box."""
        with Container(classes="dialog", id="details"):
            yield Page(id="details-page")

    def on_mount(self) -> None:
        """Follow the verdict."""
        self.refresh_all()
        self.set_interval(1.0, self.refresh_all)

    def refresh_all(self) -> None:
        """Describe the verdict as it is now; what is gone stays as it was."""
        row = self._row()
        if row is not None:
            self.query_one("#details-page", Page).set_lines(verdict_lines(row, self._look()))

    def copy_text(self) -> str:
        """Return the page."""
        return self.query_one("#details-page", Page).text
