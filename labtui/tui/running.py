"""Starts and stops plans; what goes wrong becomes a sentence, never a crash."""

import asyncio
from collections.abc import Callable

from labtui.core.events import Outcome
from labtui.core.model import DeviceSnapshot
from labtui.core.plan import Plan
from labtui.errors import LabtuiError, UsageError
from labtui.tui.desk import Desk

STOP_LIMIT_S = 2.5
"""How long leaving waits for the devices; they have 2 s."""

Say = Callable[[str, str], None]
"""Shows a sentence with a severity: information, warning or error."""


class PlanRunner:
    """At most one plan at a time."""

    def __init__(self, desk: Desk, say: Say) -> None:
        self._desk = desk
        self._say = say
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a plan is at work."""
        return self._task is not None and not self._task.done()

    def start(self, seed: int) -> None:
        """Start the draft; the next draft gets `seed`. Raises UsageError if it cannot start."""
        if self.is_busy:
            raise UsageError("A plan is running: stop it with x before starting another.")
        desk = self._desk
        devices = desk.state.chosen
        plan = desk.bare_plan()
        desk.draft.seed = seed
        desk.opened = None
        desk.paused_at_s = None
        self._task = asyncio.create_task(self._run(plan, devices), name="plan")

    async def _run(self, plan: Plan, devices: tuple[DeviceSnapshot, ...]) -> None:
        desk = self._desk
        try:
            services = desk.opened_services
            whole = await desk.evals.completed(plan, services.eval_sets)
            outcome = await services.bench.run(whole, devices, desk.feed.observe)
        except LabtuiError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 (the screen must live on, and say what broke)
            self._fail(f"The bench broke: {type(error).__name__}: {error}")
        else:
            self._tell(outcome)

    def _fail(self, text: str) -> None:
        desk = self._desk
        desk.feed.drain(desk.state)
        if desk.state.is_running:
            desk.state.outcome = Outcome.FAILED
        self._say(text, "error")

    def _tell(self, outcome: Outcome) -> None:
        severity = "warning" if outcome is Outcome.FAILED else "information"
        self._say(f"Session {outcome.value}: 4 shows the results, e exports them.", severity)

    def stop(self) -> None:
        """Stop every device; their last events still arrive."""
        self._desk.opened_services.bench.stop()

    async def wind_down(self) -> None:
        """Stop, and wait for the plan to end."""
        if self._task is not None and self.is_busy:
            self.stop()
            await asyncio.wait([self._task], timeout=STOP_LIMIT_S)
            self._task.cancel()
