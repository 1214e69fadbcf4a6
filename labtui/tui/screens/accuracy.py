"""How right one result is."""

import asyncio

from textual import work

from labtui.core.history import ResultRow
from labtui.errors import LabtuiError
from labtui.tui.accuracy_details import load_details
from labtui.tui.cells import Cell, cell
from labtui.tui.desk import Desk
from labtui.tui.screens.page import PageScreen
from labtui.tui.theme import Tone
from labtui.tui.views.accuracy import accuracy_lines


class AccuracyScreen(PageScreen):
    """A page on the outputs of one variant on one device, read from the history."""

    def __init__(self, desk: Desk, result: ResultRow) -> None:
        super().__init__()
        self._desk = desk
        self._result = result

    def on_mount(self) -> None:
        """Read."""
        self.page.set_lines([(Cell("Reading…", Tone.MUTED),)])
        self._read()

    @work(exclusive=True, exit_on_error=False, group="accuracy")
    async def _read(self) -> None:
        page = self.page
        try:
            services = self._desk.opened_services
            details = await asyncio.to_thread(
                load_details, services.history, services.eval_sets, self._result
            )
        except LabtuiError as error:
            page.set_lines([(cell(str(error), Tone.BAD, 400),)])
        else:
            page.set_lines(accuracy_lines(details, self._desk.limit))
