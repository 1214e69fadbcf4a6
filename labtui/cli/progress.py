"""What a person sees on the terminal while a plan runs headless; a pipe sees nothing."""

import sys
from collections.abc import Callable, Sequence

from labtui.cli.output import ms, say, size
from labtui.cli.settings import Settings
from labtui.core.accuracy import Score, tally_text
from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    CanaryMeasured,
    DeviceEnded,
    GateShut,
    GateWaited,
    HygieneApplied,
    LaunchEnded,
    LaunchStarted,
    MeasuredEnough,
    Outcome,
    PushEnded,
    RunnerReported,
    Scored,
)
from labtui.core.hygiene import summary
from labtui.core.marks import pause_text
from labtui.core.model import DeviceId, DeviceSnapshot, LaunchUid
from labtui.core.placement import Placement
from labtui.core.plan import Plan, Purpose, launch_count


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


_PURPOSES = {Purpose.CHECK: " check", Purpose.MEASURE: "", Purpose.EVALUATE: " evaluate"}


class _Progress:
    """Turns events into lines."""

    def __init__(self, plan: Plan, devices: Sequence[DeviceSnapshot]) -> None:
        self._plan = plan
        self._names = {d.id: d.name for d in devices}
        self._running: dict[LaunchUid, str] = {}
        self._scored: dict[LaunchUid, Score] = {}
        self._totals = {device: launch_count(plan, device) for device in plan.devices}

    def show(self, event: BenchEvent) -> None:
        """Say what happened, if it is worth a line."""
        match event:
            case PushEnded(was_there=False):
                rate = event.total_bytes / max(event.seconds, 1e-6)
                name = self._names[event.device]
                say(f"{name}: pushed {size(event.total_bytes)} at {size(int(rate))}/s")
            case HygieneApplied():
                say(f"{self._names[event.device]}: {summary(event.settings)}")
            case GateShut() | GateWaited() | MeasuredEnough() | CanaryMeasured():
                self._say_of(event.device, pause_text(event))
            case LaunchStarted():
                variant = self._plan.variants[event.spec.variant_index].variant.name
                purpose = _PURPOSES[event.spec.purpose]
                number = f"{event.spec.index + 1}/{self._totals[event.device]}{purpose}"
                self._running[event.launch] = f"{self._names[event.device]}: {number} {variant}"
            case RunnerReported(event=Placement() as placed) if placed.is_fallback:
                fallback = f"FELL BACK: {placed.asked} asked, {placed} used"
                say(f"{self._running[event.launch]}  {fallback}")
            case Scored():
                self._scored[event.launch] = event.score
            case AlarmRaised():
                say(f"{self._names[event.device]}: {event.text}")
            case LaunchEnded():
                score = self._scored.pop(event.launch, None)
                say(f"{self._running.pop(event.launch)}  {_ending(event, score)}")
            case DeviceEnded(outcome=Outcome.FAILED):
                say(f"{self._names[event.device]}: {event.cause}")

    def _say_of(self, device: DeviceId, text: str) -> None:
        if text:
            say(f"{self._names[device]}: {text}")


def _ending(event: LaunchEnded, score: Score | None) -> str:
    if score is not None:
        return f"{_score_words(score)}  {event.cause}".rstrip()
    if event.summary is None:
        return f"{event.outcome.value} {event.cause}"
    return f"p50 {ms(event.summary.p50_ns)} ms  n {event.summary.count}  {event.cause}".rstrip()


def _score_words(score: Score) -> str:
    golden = score.golden
    snr = "" if golden is None or golden.snr_db is None else f"  SNR {golden.snr_db:.1f} dB"
    return f"{'BROKEN' if score.is_red else 'ok'}  top-1 {tally_text(score.tally)}{snr}"
