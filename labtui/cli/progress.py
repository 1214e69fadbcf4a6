"""What a person sees on the terminal while a plan runs headless; a pipe sees nothing."""

import sys
from collections.abc import Callable, Sequence

from labtui.cli.output import ms, say, size
from labtui.cli.settings import Settings
from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    RunnerReported,
)
from labtui.core.model import DeviceSnapshot, LaunchUid
from labtui.core.placement import Placement
from labtui.core.plan import Plan


def progress_for(
    plan: Plan, devices: Sequence[DeviceSnapshot], settings: Settings
) -> Callable[[BenchEvent], None]:
    """Return an observer: a line per push, launch and device on a terminal, silent in a pipe."""
    if not (sys.stderr.isatty() or settings.verbose):
        return _only_failures({d.id: d.name for d in devices})
    return _Progress(plan, devices).show


def _only_failures(names: dict[str, str]) -> Callable[[BenchEvent], None]:
    def show(event: BenchEvent) -> None:
        if isinstance(event, DeviceEnded) and event.outcome is Outcome.FAILED:
            say(f"{names[event.device]}: {event.cause}")

    return show


class _Progress:
    """Turns events into lines."""

    def __init__(self, plan: Plan, devices: Sequence[DeviceSnapshot]) -> None:
        self._plan = plan
        self._names = {d.id: d.name for d in devices}
        self._running: dict[LaunchUid, str] = {}
        self._total = len(plan.variants) * plan.preset.launches

    def show(self, event: BenchEvent) -> None:
        """Say what happened, if it is worth a line."""
        match event:
            case PushEnded(was_there=False):
                rate = event.total_bytes / max(event.seconds, 1e-6)
                name = self._names[event.device]
                say(f"{name}: pushed {size(event.total_bytes)} at {size(int(rate))}/s")
            case LaunchStarted():
                variant = self._plan.variants[event.spec.variant_index].variant.name
                number = f"{event.spec.index + 1}/{self._total}"
                self._running[event.launch] = f"{self._names[event.device]}: {number} {variant}"
            case RunnerReported(event=Placement() as placed) if placed.is_fallback:
                fallback = f"FELL BACK: {placed.asked} asked, {placed} used"
                say(f"{self._running[event.launch]}  {fallback}")
            case AlarmRaised():
                say(f"{self._names[event.device]}: {event.text}")
            case LaunchEnded():
                say(f"{self._running.pop(event.launch)}  {_ending(event)}")
            case DeviceEnded(outcome=Outcome.FAILED):
                say(f"{self._names[event.device]}: {event.cause}")


def _ending(event: LaunchEnded) -> str:
    if event.summary is None:
        return f"{event.outcome.value} {event.cause}"
    return f"p50 {ms(event.summary.p50_ns)} ms  n {event.summary.count}  {event.cause}".rstrip()
