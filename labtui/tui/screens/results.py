"""Results: one row per device and variant, of the session at work or of one from the history."""

from textual.app import ComposeResult

from labtui.tui.actions import Scope
from labtui.tui.cells import Cell, cell
from labtui.tui.screens.base import LabScreen
from labtui.tui.theme import Tone
from labtui.tui.views.results import RESULTS, live_results, result_rows
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.table import Table

_NONE = "No results yet: r shows the plan, 5 opens a session of the history."


class ResultsScreen(LabScreen):
    """A sentence on the session over the table."""

    SCOPE = Scope.RESULTS
    AUTO_FOCUS = "#results"

    def body(self) -> ComposeResult:
        """Sentence and table."""
        yield Notice()
        yield Table(RESULTS, id="results", empty=_NONE)

    def update(self) -> None:
        """Bring both up to date."""
        desk = self.desk
        results = desk.opened.results if desk.opened else live_results(desk.state)
        self.query_one("#results", Table).set_rows(result_rows(results))
        self.query_one(Notice).say(*self._headline())

    def _headline(self) -> tuple[Cell, ...]:
        desk, state = self.desk, self.desk.state
        note = Cell(
            "medians over launches; × = speed against the model's first variant", Tone.MUTED
        )
        if desk.opened is not None:
            opened = cell(f"{desk.opened.name}  {desk.opened.session}  ", Tone.STRONG)
            return (opened, note)
        if state.session is None or state.plan is None or state.outcome is None:
            return (note,)
        return (cell(f"{state.plan.name}  {state.outcome.value}  ", Tone.STRONG), note)

    def copy_text(self) -> str:
        """Return the selected row."""
        return self.query_one("#results", Table).row_text
