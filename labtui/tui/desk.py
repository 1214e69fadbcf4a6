"""What all screens share: services, state, the shelf of variants and the draft of the next plan."""

import time
from collections import deque
from dataclasses import dataclass, field

from labtui.core.budget import Budget
from labtui.core.events import BenchEvent
from labtui.core.history import ResultRow
from labtui.core.model import DeviceId, SessionUid
from labtui.core.plan import Plan
from labtui.errors import BenchUnavailable
from labtui.plot import ASCII, BLOCK, BRAILLE, Glyphs
from labtui.tui.draft import Draft
from labtui.tui.evals import EvalChoice
from labtui.tui.log import Log
from labtui.tui.services import Services
from labtui.tui.shelf import Shelf
from labtui.tui.state import BenchState

WINDOWS_S = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session of the history, opened in the results view."""

    session: SessionUid
    name: str
    results: tuple[ResultRow, ...]


class Feed:
    """Takes events from the bench as they come; the screen drains them a few times a second."""

    def __init__(self) -> None:
        self._events: deque[tuple[float, BenchEvent]] = deque()

    def observe(self, event: BenchEvent) -> None:
        """Take an event and the time it came."""
        self._events.append((time.monotonic(), event))

    def drain(self, state: BenchState) -> bool:
        """Bring the state up to date; return whether anything happened."""
        waiting = len(self._events)
        for _ in range(waiting):
            arrived_s, event = self._events.popleft()
            state.apply(event, arrived_s)
        return waiting > 0


@dataclass(slots=True)
class Desk:
    """The one mutable object of the app besides its widgets."""

    log: Log
    state: BenchState
    shelf: Shelf
    draft: Draft
    glyphs: Glyphs = BRAILLE
    is_virtual: bool = False
    """All phones are simulated."""
    limit: Budget | None = None
    """What an inference may take."""
    evals: EvalChoice = field(default_factory=EvalChoice)
    services: Services | None = None
    """None until they are open."""
    feed: Feed = field(default_factory=Feed)
    window_s: float = 60.0
    paused_at_s: float | None = None
    opened: OpenedSession | None = None
    selected: DeviceId | None = None
    """The device under the board's cursor."""

    def plan(self) -> Plan:
        """Return the next plan. Raises UsageError when there is none to run (yet)."""
        return self.evals.applied(self.bare_plan())

    def bare_plan(self) -> Plan:
        """Return the next plan without checks and evaluations. Raises UsageError."""
        return self.draft.plan(self.shelf.selection(), self.state.chosen)

    @property
    def opened_services(self) -> Services:
        """The services. Raises BenchUnavailable while they are being opened."""
        if self.services is None:
            raise BenchUnavailable("The bench is still being opened; try again in a moment.")
        return self.services

    @property
    def trouble(self) -> str:
        """What keeps devices from being seen or samples from being kept; empty when all is well."""
        if self.services is None:
            return ""
        return self.services.recorder.trouble or self.services.bus.trouble

    @property
    def now_s(self) -> float:
        """The right edge of running plots."""
        return time.monotonic() if self.paused_at_s is None else self.paused_at_s

    def toggle_pause(self) -> bool:
        """Hold the plots still or let them go on; return whether they are held."""
        self.paused_at_s = time.monotonic() if self.paused_at_s is None else None
        return self.paused_at_s is not None

    def step_window(self, by: int) -> float:
        """Take the next shorter or longer time window and return it, in s."""
        at = WINDOWS_S.index(self.window_s) + by
        self.window_s = WINDOWS_S[max(0, min(at, len(WINDOWS_S) - 1))]
        return self.window_s

    def step_glyphs(self) -> Glyphs:
        """Take the next marker set and return it; ASCII stays ASCII."""
        if self.glyphs is not ASCII:
            sets = [BRAILLE, BLOCK]
            self.glyphs = sets[(sets.index(self.glyphs) + 1) % len(sets)]
        return self.glyphs

    @property
    def session_shown(self) -> SessionUid | None:
        """The session that export means: the opened one, else the running or last one."""
        return self.opened.session if self.opened else self.state.session
