"""How right one result is."""

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from labtui.core.history import ResultRow
from labtui.errors import LabtuiError
from labtui.tui.accuracy_details import load_details
from labtui.tui.cells import Cell, cell
from labtui.tui.desk import Desk
from labtui.tui.theme import Tone
from labtui.tui.views.accuracy import accuracy_lines
from labtui.tui.widgets.page import Page


class AccuracyScreen(ModalScreen[None]):
    """A page on the outputs of one variant on one device, read from the history."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("y", "app.copy", "Copy"),
    ]

    def __init__(self, desk: Desk, result: ResultRow) -> None:
        super().__init__(classes="dialog-screen")
        self._desk = desk
        self._result = result

    def compose(self) -> ComposeResult:
        """One box."""
        with Container(classes="dialog", id="details"):
            yield Page(id="details-page")

    def on_mount(self) -> None:
        """Read."""
        self.query_one("#details-page", Page).set_lines([(Cell("Reading…", Tone.MUTED),)])
        self._read()

    @work(exclusive=True, exit_on_error=False, group="accuracy")
    async def _read(self) -> None:
        page = self.query_one("#details-page", Page)
        try:
            services = self._desk.opened_services
            details = await asyncio.to_thread(
                load_details, services.history, services.eval_sets, self._result
            )
        except LabtuiError as error:
            page.set_lines([(cell(str(error), Tone.BAD, 400),)])
        else:
            page.set_lines(accuracy_lines(details, self._desk.limit))

    def copy_text(self) -> str:
        """Return the page."""
        return self.query_one("#details-page", Page).text
