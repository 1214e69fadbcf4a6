"""The application: owns the desk, drains the feed, runs plans; screens do the rest."""

import asyncio
import importlib
import secrets
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding
from textual.command import Provider
from textual.screen import Screen

from labtui.core.model import SessionUid
from labtui.errors import BenchUnavailable, LabtuiError
from labtui.plot import ASCII, BRAILLE
from labtui.tui.actions import Scope, bindings
from labtui.tui.desk import Desk
from labtui.tui.draft import Draft
from labtui.tui.evals import EvalChoice
from labtui.tui.log import Log
from labtui.tui.running import PlanRunner
from labtui.tui.screens.base import LabScreen
from labtui.tui.screens.bench import BenchScreen
from labtui.tui.services import Startup
from labtui.tui.serving import Serving
from labtui.tui.shelf import Shelf
from labtui.tui.state import BenchState
from labtui.tui.terminal import TerminalApp
from labtui.tui.widgets.bars import VIEWS

BEAT_S = 0.2
"""Plots cannot shift faster than about 3 times a second; 5 Hz keeps the last column lively."""

_SESSION_VIEWS = {"results", "compare"}
"""Views of one session: that at work, the last one, or one opened from the history."""
_LATER_SCREENS = (*VIEWS[1:], "details", "help", "question")


def _palette_provider() -> type[Provider]:
    from labtui.tui.palette import ActionProvider  # noqa: PLC0415 (not before first paint)

    return ActionProvider


class LabtuiApp(TerminalApp):
    """The TUI of labtui."""

    TITLE = "labtui"
    CSS_PATH = Path(__file__).with_name("labtui.tcss")
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.APP)  # type: ignore[assignment]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette_provider}

    def __init__(
        self,
        startup: Startup,
        *,
        ascii_only: bool = False,
        mouse: bool = True,
        theme: str | None = None,
    ) -> None:
        log = Log(lambda: time.strftime("%H:%M:%S"))
        super().__init__(log, ascii_only=ascii_only, mouse=mouse, theme=theme)
        glyphs = ASCII if ascii_only else BRAILLE
        shelf = Shelf.of(startup.variant_paths)
        self.desk = Desk(
            log,
            BenchState(log),
            shelf,
            Draft(),
            glyphs,
            startup.is_virtual,
            startup.limit,
            EvalChoice(list(startup.eval_folders), startup.eval_folder, startup.eval_items),
        )
        self._beat = 0
        self.runner = PlanRunner(self.desk, self.say)
        self._serving = Serving(startup, self.desk, self.runner)
        self._served: asyncio.Task[None] | None = None
        self._exit_code = 0
        self.failure: LabtuiError | None = None
        """Why the services could not be opened or closed; raised once the terminal is back."""

    def on_mount(self) -> None:
        """Show the bench at once; everything that may take time comes after the first paint."""
        self.dress()
        self._catch_signals()
        self._add_views()
        self.switch_mode("bench")
        self.set_interval(BEAT_S, self._tick)
        self.call_after_refresh(self._start_work)

    def _add_views(self) -> None:
        self.add_mode("bench", partial(BenchScreen, self.desk))
        for name in VIEWS[1:]:
            self.add_mode(name, partial(self._make_screen, name))

    def _make_screen(self, name: str) -> Screen[None]:
        """Return a view; its module is imported when it is first shown."""
        module = importlib.import_module(f"labtui.tui.screens.{name}")
        screen: Screen[None] = getattr(module, f"{name.title()}Screen")(self.desk)
        return screen

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.leave_with, 128 + number)

    def _start_work(self) -> None:
        self.desk.draft.seed = secrets.randbelow(2**31)
        self._served = asyncio.create_task(self._serve(), name="serve")
        self._warm_up()

    @work(thread=True, exit_on_error=False, group="warm-up")
    def _warm_up(self) -> None:
        """Import the other views while nobody waits for them."""
        for name in _LATER_SCREENS:
            importlib.import_module(f"labtui.tui.screens.{name}")

    async def _serve(self) -> None:
        try:
            await self._serving.serve()
        except LabtuiError as error:
            self.failure = error
        except TimeoutError:
            self.failure = BenchUnavailable("The devices did not let go in time.")
        except asyncio.CancelledError:
            pass  # left before everything was open
        except Exception as error:  # noqa: BLE001 (Textual restores the terminal, then shows it)
            self._handle_exception(error)
            return
        self.exit(return_code=self._exit_code or self.return_code or 0)

    def _tick(self) -> None:
        self._beat += 1
        self.desk.feed.drain(self.desk.state)
        view = self.screen_stack[0] if self.screen_stack else None
        if isinstance(view, LabScreen) and view.is_up:
            view.tick(self._beat)

    async def action_show(self, name: str) -> None:
        """Show a view; a session opened from the history is closed, except by its other view."""
        if {name, self.current_mode} != _SESSION_VIEWS:
            self.desk.opened = None
        await self._show(name)

    async def action_show_opened(self, name: str = "results") -> None:
        """Show the session just opened in one of its views."""
        await self._show(name)

    async def _show(self, name: str) -> None:
        while self.screen.is_modal:
            self.pop_screen()
        await self.switch_mode(name)

    async def action_back(self) -> None:
        """Drop a filter or cursor; else go back: to the history it came from, or to the bench."""
        if isinstance(self.screen, LabScreen) and self.screen.retreat():
            return
        await self.action_show("history" if self.desk.opened else "bench")

    async def action_run(self) -> None:
        """Preview the plan."""
        await self.action_show("plan")

    async def action_start(self) -> None:
        """Start the plan and go to the bench."""
        try:
            self.runner.start(secrets.randbelow(2**31))
        except LabtuiError as error:
            self.say(str(error), "warning")
        else:
            await self.action_show("bench")

    def action_stop(self) -> None:
        """Ask, then stop the running plan."""
        if not self.runner.is_busy:
            self.say("Nothing is running.")
            return
        self._ask(
            "Stop the running plan on every device?", "stop; what was measured is kept", self._stop
        )

    def _stop(self) -> None:
        self.runner.stop()
        self.say("Stopping every device…")

    def _ask(self, question: str, yes: str, then: Callable[[], None]) -> None:
        from labtui.tui.screens.question import Question  # noqa: PLC0415 (not before first paint)

        if not self.screen.is_modal:
            self.push_screen(Question(question, yes), lambda answer: then() if answer else None)

    def action_export(self) -> None:
        """Write the session shown, or the last one, as CSV files into the working directory."""
        session = self.desk.session_shown
        if session is None:
            self.say("There is no session to export yet.", "warning")
            return
        self._export(session)

    @work(exit_on_error=False, group="export")
    async def _export(self, session: SessionUid) -> None:
        target = Path.cwd() / f"labtui-{session}"
        try:
            written = await asyncio.to_thread(self.desk.opened_services.export, session, target)
        except (LabtuiError, OSError) as error:
            self.say(f"Nothing was exported: {error}", "error")
        else:
            self.say(f"Exported to {written}")

    def action_toggle_log(self) -> None:
        """Show or hide the log pane."""
        if isinstance(self.screen, LabScreen):
            self.screen.toggle_log()

    def action_help(self) -> None:
        """Show the searchable list of all actions."""
        from labtui.tui.screens.help import HelpScreen  # noqa: PLC0415 (not before first paint)

        if not self.screen.is_modal:
            self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Quit; ask first if a plan is running."""
        if self.runner.is_busy:
            question = "A plan is running. Quit all the same?"
            self._ask(
                question, "stop every device and quit; what was measured is kept", self._leave
            )
        else:
            self.leave_with(0)

    def _leave(self) -> None:
        self.leave_with(0)

    def leave_with(self, return_code: int) -> None:
        """Stop the devices, keep what was measured, and end with an exit code."""
        self._exit_code = self._exit_code or return_code
        self._serving.leave()
        if self.desk.services is None and self._served is not None:
            self._served.cancel()


def run(
    startup: Startup, *, ascii_only: bool = False, mouse: bool = True, theme: str | None = None
) -> int:
    """Run the app until it ends and return the exit code. Raises the LabtuiError that ended it."""
    app = LabtuiApp(startup, ascii_only=ascii_only, mouse=mouse, theme=theme)
    app.run(mouse=mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
