"""The plan before it runs: order, size to push, estimated time, warnings; start or cancel."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from labtui.bench.preview import preview
from labtui.errors import LabtuiError
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, PageLine, cell
from labtui.tui.screens.base import LabScreen
from labtui.tui.theme import Tone
from labtui.tui.views.plan import plan_lines
from labtui.tui.widgets.page import Page


class PlanScreen(LabScreen):
    """A page on the draft."""

    SCOPE = Scope.PLAN
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.PLAN)  # type: ignore[assignment]
    AUTO_FOCUS = "#plan"

    def body(self) -> ComposeResult:
        """One page."""
        yield Page(id="plan")

    def update(self) -> None:
        """Describe the draft as it is now."""
        self.query_one("#plan", Page).set_lines(self._lines())

    def _lines(self) -> list[PageLine]:
        desk = self.desk
        devices, variants = desk.state.chosen, desk.shelf.selection()
        if desk.shelf.is_pending:
            return [(), (Cell("  Reading the model files…", Tone.MUTED),)]
        try:
            plan = desk.draft.plan(variants, devices)
        except LabtuiError as error:
            return [(), (cell(f"  {error}", Tone.WARN, 400),), (), *_ADVICE]
        return plan_lines(preview(plan, devices), is_running=desk.state.is_running)

    def copy_text(self) -> str:
        """Return the page."""
        return self.query_one("#plan", Page).text

    def action_next_preset(self) -> None:
        """Take the next preset."""
        self.desk.draft.step(1)
        self.refresh_all()

    def action_previous_preset(self) -> None:
        """Take the preset before."""
        self.desk.draft.step(-1)
        self.refresh_all()

    def action_next_accelerator(self) -> None:
        """Ask for the next accelerator."""
        self.desk.draft.step_accelerator()
        self.refresh_all()

    def action_next_threads(self) -> None:
        """Take another number of threads."""
        self.desk.draft.step_threads()
        self.refresh_all()

    def action_toggle_control(self) -> None:
        """Make control runs, or make none."""
        self.desk.draft.has_control = not self.desk.draft.has_control
        self.refresh_all()

    async def action_start_plan(self) -> None:
        """Start; the app knows how."""
        await self.run_action("app.start")


_ADVICE: list[PageLine] = [
    (Cell("  1 marks devices with space; 2 chooses variants with space.", Tone.MUTED),),
]
