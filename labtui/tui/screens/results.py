"""Results: one row per device and variant, of the session at work or of one from the history."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from labtui.core.history import ResultRow
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, cell
from labtui.tui.screens.base import LabScreen
from labtui.tui.theme import Tone
from labtui.tui.views.live_results import live_results
from labtui.tui.views.results import result_rows, results_columns, row_key
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.table import Table

_NONE = "No results yet: r shows the plan, 5 opens a session of the history."


class ResultsScreen(LabScreen):
    """A sentence on the session over the table."""

    SCOPE = Scope.RESULTS
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.RESULTS)  # type: ignore[assignment]
    AUTO_FOCUS = "#results"

    def body(self) -> ComposeResult:
        """Sentence and table."""
        yield Notice()
        yield Table(results_columns(self.desk.limit), id="results", empty=_NONE)

    def update(self) -> None:
        """Bring both up to date."""
        rows = result_rows(self._results, self.desk.limit)
        self.query_one("#results", Table).set_rows(rows)
        self.query_one(Notice).say(*self._headline())

    @property
    def _results(self) -> Sequence[ResultRow]:
        desk = self.desk
        return desk.opened.results if desk.opened else live_results(desk.state)

    def on_row_picked(self) -> None:
        """Open by double click."""
        self.action_show_accuracy()

    def action_show_accuracy(self) -> None:
        """Show how right the selected result is."""
        from labtui.tui.screens.accuracy import AccuracyScreen  # noqa: PLC0415 (when asked for)

        key = self.query_one("#results", Table).key
        found = next((row for row in self._results if row_key(row) == key), None)
        if found is not None:
            self.app.push_screen(AccuracyScreen(self.desk, found))

    def _headline(self) -> tuple[Cell, ...]:
        desk, state = self.desk, self.desk.state
        note = Cell(self._legend, Tone.MUTED)
        if desk.opened is not None:
            opened = cell(f"{desk.opened.name}  {desk.opened.session}  ", Tone.STRONG)
            return (opened, note)
        if state.session is None or state.plan is None or state.outcome is None:
            return (note,)
        return (cell(f"{state.plan.name}  {state.outcome.value}  ", Tone.STRONG), note)

    @property
    def _legend(self) -> str:
        limit = self.desk.limit
        budget = (
            f"budget {limit.limit_ms:.4g} ms on p90, ~ = too short to be sustained; "
            if limit
            else ""
        )
        return f"{budget}medians over launches; × = speed against the model's first sound variant"

    def copy_text(self) -> str:
        """Return the selected row."""
        return self.query_one("#results", Table).row_text
