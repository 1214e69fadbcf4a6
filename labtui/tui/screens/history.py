"""The history: all sessions, newest first, read on demand."""

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from labtui.core.history import SessionRow
from labtui.core.text import clean
from labtui.errors import LabtuiError
from labtui.tui.actions import Scope, bindings
from labtui.tui.desk import OpenedSession
from labtui.tui.messages import RowMoved
from labtui.tui.screens.base import LabScreen
from labtui.tui.views.history import HISTORY, history_rows
from labtui.tui.widgets.table import Table

PAGE_ROWS = 100
ALL_ROWS = 1000
"""Rows of a page while everything is wanted: a filter or an order is about all sessions."""


class HistoryScreen(LabScreen):
    """A table that reads another page when its end comes near."""

    SCOPE = Scope.HISTORY
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.HISTORY)  # type: ignore[assignment]
    AUTO_FOCUS = "#history"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._sessions: list[SessionRow] = []
        self._is_complete = False

    def body(self) -> ComposeResult:
        """One table."""
        yield Table(HISTORY, id="history", empty="Reading…")

    def update(self) -> None:
        """Nothing moves here by itself."""

    def on_screen_resume(self) -> None:
        """Read again: a session may have ended meanwhile."""
        super().on_screen_resume()
        self.action_reload()

    def action_reload(self) -> None:
        """Read the history from its newest session on."""
        self._sessions, self._is_complete = [], False
        self._read_page()

    def on_row_moved(self, event: RowMoved) -> None:
        """Read on when the cursor comes near the end."""
        ends = [row.session for row in self._sessions[-10:]]
        if event.key in ends and not self._is_complete:
            self._read_page()

    def on_rearranged(self) -> None:
        """Read the rest: a filter or an order is about all sessions."""
        if self._wants_rest:
            self._read_page()

    @property
    def _wants_rest(self) -> bool:
        return self.query_one("#history", Table).is_rearranged and not self._is_complete

    def on_row_picked(self) -> None:
        """Open by double click."""
        self.action_show_session()

    @work(exclusive=True, exit_on_error=False, group="history")
    async def _read_page(self) -> None:
        await self._read_on()
        while self._wants_rest:
            await self._read_on()

    async def _read_on(self) -> None:
        before = self._sessions[-1].session if self._sessions else None
        table = self.query_one("#history", Table)
        limit = ALL_ROWS if table.is_rearranged else PAGE_ROWS
        try:
            page = await asyncio.to_thread(
                lambda: self.desk.opened_services.history.sessions(limit, before)
            )
        except LabtuiError as error:
            table.set_empty(str(error))
            self._is_complete = True
            return
        self._is_complete = len(page) < limit
        self._sessions += page
        table.set_empty("No session yet: r on the bench shows the plan and starts it.")
        table.set_rows(history_rows(self._sessions))

    def action_show_session(self) -> None:
        """Open the session's results."""
        self._open_selected("results")

    def action_compare_session(self) -> None:
        """Open the verdicts on the session's variants."""
        self._open_selected("compare")

    def _open_selected(self, view: str) -> None:
        key = self.query_one("#history", Table).key
        found = next((row for row in self._sessions if row.session == key), None)
        if found is not None:
            self._open(found, view)

    @work(exclusive=True, exit_on_error=False, group="history")
    async def _open(self, row: SessionRow, view: str) -> None:
        try:
            results = await asyncio.to_thread(
                lambda: self.desk.opened_services.history.results(row.session)
            )
        except LabtuiError as error:
            self.notify(clean(str(error), 400), severity="error", markup=False)
            return
        self.desk.opened = OpenedSession(row.session, row.name, tuple(results))
        await self.run_action(f"app.show_opened('{view}')")

    def copy_text(self) -> str:
        """Return the selected row."""
        return self.query_one("#history", Table).row_text
