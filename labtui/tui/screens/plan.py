"""The plan before it runs: order, size to push, estimated time, warnings; start or cancel."""

from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from labtui.bench.preview import preview
from labtui.core.plan import Plan
from labtui.errors import LabtuiError
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, PageLine
from labtui.tui.screens.base import LabScreen
from labtui.tui.services import EvalSets
from labtui.tui.theme import Tone
from labtui.tui.views.plan import plan_lines, sentence_lines
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
        if desk.shelf.is_pending:
            return [(), (Cell("  Reading the model files…", Tone.MUTED),)]
        try:
            plan = desk.bare_plan()
            if not desk.evals.is_ready(desk.shelf.selection()):
                self._ask(plan)
                return [(), (Cell("  Reading the eval sets…", Tone.MUTED),)]
            plan = desk.plan()
        except LabtuiError as error:
            return [(), *sentence_lines(str(error), Tone.WARN), (), *_ADVICE]
        shown = preview(plan, desk.state.chosen)
        return plan_lines(shown, desk.evals.folder, is_running=desk.state.is_running)

    def _ask(self, plan: Plan) -> None:
        """Have the eval sets of a plan read, unless they are."""
        desk = self.desk
        if desk.services is not None and desk.evals.ask(desk.shelf.selection()):
            self._prepare(plan, desk.services.eval_sets)

    @work(group="eval sets", exit_on_error=False)
    async def _prepare(self, plan: Plan, sets: EvalSets) -> None:
        """Read the eval sets of a plan, then show it."""
        await self.desk.evals.prepare(plan, sets)
        self.refresh_all()

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

    def action_next_eval_set(self) -> None:
        """Score on the next eval set, or on none."""
        if not self.desk.evals.folders:
            self.action_name_eval_set()
            return
        self.desk.evals.step()
        self.refresh_all()

    def action_name_eval_set(self) -> None:
        """Ask for a folder, and score on the eval set in it."""
        from labtui.tui.screens.prompt import Prompt  # noqa: PLC0415 (when asked for)

        question = "Folder of the eval set (`labtui evalset make` makes one):"
        self.app.push_screen(Prompt(question), self._take_eval_set)

    def _take_eval_set(self, answer: str | None) -> None:
        if answer:
            self.desk.evals.take(Path(answer).expanduser().absolute())
            self.refresh_all()

    def action_next_items(self) -> None:
        """Score on another number of items."""
        self.desk.evals.step_items()
        self.refresh_all()

    async def action_start_plan(self) -> None:
        """Start; the app knows how."""
        await self.run_action("app.start")


_ADVICE: list[PageLine] = [
    (
        Cell("  1 marks devices with space; 2 chooses variants with space; ", Tone.MUTED),
        Cell("v another eval set.", Tone.MUTED),
    ),
]
