"""The bench as the screens see it: a fold over device lists and bench events. No widget in here."""

from labtui.core.accuracy import tally_text
from labtui.core.events import (
    AccuracyUpdated,
    AlarmRaised,
    BenchEvent,
    CanaryMeasured,
    DeviceEnded,
    GateShut,
    GateWaited,
    LaunchEnded,
    LaunchStarted,
    MeasuredEnough,
    Outcome,
    PushEnded,
    PushProgressed,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    Scored,
    SessionEnded,
    SessionStarted,
)
from labtui.core.marks import pause_text
from labtui.core.model import DeviceId, DeviceSnapshot, Platform, SessionUid
from labtui.core.placement import Placement
from labtui.core.plan import Plan, Purpose, launch_count
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import Loaded, RunnerError, Samples
from labtui.core.protocol import Log as RunnerLog
from labtui.core.readings import Reading
from labtui.plot import Trace
from labtui.tui import units
from labtui.tui.launches import LaunchBook
from labtui.tui.log import Log
from labtui.tui.runstate import DeviceRun, Phase


class BenchState:
    """Devices, marks, the running (or last) session, traces of the plots, and the log."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.devices: tuple[DeviceSnapshot, ...] = ()
        self.marked: set[DeviceId] = set()
        self.runs: dict[DeviceId, DeviceRun] = {}
        self.books: dict[DeviceId, LaunchBook] = {}
        self.traces: dict[DeviceId, Trace] = {}
        self.session: SessionUid | None = None
        self.plan: Plan | None = None
        self.outcome: Outcome | None = None
        """Of the session; None before the first one."""
        self.bench_error = ""
        """Why no devices can be seen at all."""
        self.version = 0
        """Grows with each change."""

    @property
    def is_running(self) -> bool:
        """Whether a plan is at work."""
        return self.outcome is Outcome.RUNNING

    def device(self, device: DeviceId) -> DeviceSnapshot | None:
        """Return a device of the bench, or of the session if it has left."""
        found = next((d for d in self.devices if d.id == device), None)
        run = self.runs.get(device)
        return found or (run.device if run else None)

    def name(self, device: DeviceId) -> str:
        """Return what to call a device."""
        found = self.device(device)
        return found.name if found else device

    def trace(self, device: DeviceId) -> Trace:
        """Return the data of a device's plot."""
        return self.traces.setdefault(device, Trace())

    def reading(self, device: DeviceId) -> Reading | None:
        """Return the latest reading, from the running plan if it has one."""
        run, found = self.runs.get(device), self.device(device)
        if run is not None and run.reading is not None and self.is_running:
            return run.reading
        return (found.reading if found else None) or (run.reading if run else None)

    @property
    def ready(self) -> tuple[DeviceSnapshot, ...]:
        """The devices that can work."""
        return tuple(d for d in self.devices if d.state.can_work)

    @property
    def chosen(self) -> tuple[DeviceSnapshot, ...]:
        """The devices of the next plan: those marked; without marks every phone that is ready."""
        if self.marked:
            return tuple(d for d in self.ready if d.id in self.marked)
        phones = tuple(d for d in self.ready if d.platform is not Platform.HOST)
        return phones or self.ready

    def see(self, devices: tuple[DeviceSnapshot, ...]) -> None:
        """Take the present list of devices."""
        before = {d.id: d for d in self.devices}
        self.devices = devices
        self.bench_error = ""
        self.version += 1
        for device in devices:
            old = before.pop(device.id, None)
            if old is None or old.state is not device.state:
                level = "info" if not device.cure else "warn"
                self.log.add(level, device.name, f"{device.state.value}. {device.cure}".strip())
        for gone in before.values():
            self.log.add("warn", gone.name, "left the bench.")

    def apply(self, event: BenchEvent, arrived_s: float) -> None:
        """Take one event of the running plan; `arrived_s` is on the clock of the plots."""
        self.version += 1
        match event:
            case SamplesArrived():
                if run := self.runs.get(event.device):
                    self._sample(run, event.samples, arrived_s)
            case SessionStarted():
                self._start(event)
            case SessionEnded():
                self._end(event)
            case _:
                if run := self.runs.get(event.device):
                    self._advance(run, event, arrived_s)
                    self.books[event.device].take(event)

    def refresh_medians(self) -> None:
        """Bring the numbers of the board up to the latest samples."""
        for run in self.runs.values():
            run.refresh_p50()

    def _start(self, event: SessionStarted) -> None:
        planned = [d for d in event.devices if d.id in event.plan.devices]
        plan = event.plan
        self.runs = {d.id: DeviceRun(d, plan, launch_count(plan, d.id)) for d in planned}
        self.books = {d.id: LaunchBook(event.session, plan, d) for d in planned}
        self.traces = {d.id: Trace() for d in planned}
        self.session, self.plan, self.outcome = event.session, plan, Outcome.RUNNING
        variants = units.plural(len(plan.variants), "variant")
        what = f"{variants} on {units.plural(len(planned), 'device')}"
        self.log.add("info", "labtui", f"Session {event.session} started: {what}.")

    def _end(self, event: SessionEnded) -> None:
        self.outcome = event.outcome
        self.log.add("info", "labtui", f"Session {event.session} ended: {event.outcome.value}.")

    def _sample(self, run: DeviceRun, samples: Samples, arrived_s: float) -> None:
        run.phase = Phase.WARMING_UP if samples.is_warmup else Phase.MEASURING
        starts_ns = _starts_ns(samples)
        if run.offset_s is None:
            run.offset_s = arrived_s - (starts_ns[-1] + samples.durations_ns[-1]) / 1e9
        trace, tone = self.trace(run.device.id), run.variant_index or 0
        for start_ns, duration_ns in zip(starts_ns, samples.durations_ns, strict=True):
            trace.add(start_ns / 1e9 + run.offset_s, duration_ns / 1e6, run.stroke, tone)
        if not samples.is_warmup:
            run.recent.extend(samples.durations_ns)
            run.measured += len(samples.durations_ns)
            end_ns = starts_ns[-1] + samples.durations_ns[-1]
            run.measured_ns += end_ns - starts_ns[0]

    def _advance(self, run: DeviceRun, event: BenchEvent, arrived_s: float) -> None:
        match event:
            case PushProgressed():
                run.phase = Phase.PUSHING
                run.sent_bytes, run.total_bytes = event.sent_bytes, event.total_bytes
            case PushEnded():
                run.phase = Phase.WAITING
                self._log_push(run, event)
            case LaunchStarted():
                run.begin(event.spec)
                start = (arrived_s, run.mark, run.variant_index or 0)
                self.trace(run.device.id).start_stroke(*start)
            case ReadingTaken():
                self._read(run, event.reading, arrived_s)
            case RunnerReported():
                self._report(run, event)
            case AccuracyUpdated() | Scored():
                self._score(run, event)
            case LaunchEnded():
                run.close_launch(event)
                self._log_end(run, event.outcome, event.cause)
            case AlarmRaised():
                self._raise_alarm(run, event)
            case DeviceEnded():
                run.outcome, run.cause, run.phase = event.outcome, event.cause, Phase.ENDED
                self._log_end(run, event.outcome, event.cause)
            case _:
                self._pause(run, event)

    def _pause(self, run: DeviceRun, event: BenchEvent) -> None:
        """Show what happens between two blocks."""
        if not isinstance(event, GateShut | GateWaited | CanaryMeasured | MeasuredEnough):
            return
        run.phase = Phase.WAITING
        if text := pause_text(event):
            level = "warn" if isinstance(event, GateShut) else "info"
            self.log.add(level, run.device.name, text)

    def _read(self, run: DeviceRun, reading: Reading, arrived_s: float) -> None:
        run.reading = reading
        self.trace(run.device.id).add_heat(
            arrived_s, reading.headline_c, bool(reading.is_throttled)
        )

    def _score(self, run: DeviceRun, event: AccuracyUpdated | Scored) -> None:
        if isinstance(event, AccuracyUpdated):
            run.score(event)
            return
        run.variant_run.take_score(event.score)
        if run.purpose is Purpose.EVALUATE:
            words = f"{run.variant_label} scored: {tally_text(event.score.tally)} right."
            self.log.add("info", run.device.name, words)

    def _raise_alarm(self, run: DeviceRun, alarm: AlarmRaised) -> None:
        run.variant_run.alarms.append(alarm.text)
        level = "error" if alarm.kind is AlarmKind.BROKEN_OUTPUTS else "warn"
        self.log.add(level, run.device.name, f"{run.variant_label}: {alarm.text}")

    def _report(self, run: DeviceRun, event: RunnerReported) -> None:
        run.hear(event.event)
        match event.event:
            case Placement() as placement if placement.is_fallback:
                what = f"{placement.asked} was asked for, the variant runs on {placement}"
                self.log.add("error", run.device.name, f"{run.variant_label} fell back: {what}.")
            case Loaded(init_ns=init_ns):
                run.load()
                took = units.latency_ms(init_ns)
                self.log.add("info", run.device.name, f"{run.variant_label} loaded in {took} ms.")
            case RunnerLog(level=level, text=text):
                self.log.add(level, run.device.name, text)
            case RunnerError(text=text):
                self.log.add("error", run.device.name, text)

    def _log_push(self, run: DeviceRun, event: PushEnded) -> None:
        size = units.size(event.total_bytes)
        how = "was there already" if event.was_there else f"pushed in {event.seconds:.1f} s"
        self.log.add("info", run.device.name, f"{event.digest[:8]} ({size}) {how}.")

    def _log_end(self, run: DeviceRun, outcome: Outcome, cause: str) -> None:
        if cause:
            level = "error" if outcome is Outcome.FAILED else "warn"
            self.log.add(level, run.device.name, f"{outcome.value}: {cause}")


def _starts_ns(samples: Samples) -> list[int]:
    if samples.offsets_us is not None:
        return [samples.t0_ns + offset_us * 1000 for offset_us in samples.offsets_us]
    starts_ns, t_ns = [], samples.t0_ns
    for duration_ns in samples.durations_ns:
        starts_ns.append(t_ns)
        t_ns += duration_ns
    return starts_ns
