"""The launches of the running session as the history will have them, device by device."""

from dataclasses import dataclass, field
from typing import Any

from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    HygieneApplied,
    LaunchEnded,
    LaunchStarted,
    ReadingTaken,
    RunnerReported,
    Scored,
)
from labtui.core.history import LaunchRow, PredictionsRow, ScoreRow
from labtui.core.model import DeviceSnapshot, SessionUid
from labtui.core.placement import Coverage, Placement
from labtui.core.plan import Plan, Purpose
from labtui.core.protocol import Aggregate, Hello, Loaded, RunnerEvent
from labtui.core.readings import Reading


@dataclass(slots=True)
class _Launch:
    """What is known of a launch while it is at work."""

    start: LaunchStarted
    hello: Hello | None = None
    loaded: Loaded | None = None
    placement: Placement | None = None
    totals: Aggregate | None = None
    temps_c: list[float] = field(default_factory=list)
    throttled: set[bool | None] = field(default_factory=set)

    @property
    def was_throttled(self) -> bool | None:
        """True when any reading says so; None when no reading could tell."""
        return True if True in self.throttled else False if False in self.throttled else None

    def hear(self, event: RunnerEvent) -> None:
        """Take what the runner says beside its samples."""
        match event:
            case Hello():
                self.hello = event
            case Loaded():
                self.loaded = event
            case Placement():
                self.placement = event
            case Aggregate():
                self.totals = event

    def read(self, reading: Reading) -> None:
        """Take a reading of the device."""
        if reading.headline_c is not None:
            self.temps_c.append(reading.headline_c)
        self.throttled.add(reading.is_throttled)


@dataclass(slots=True)
class LaunchBook:
    """A fold over the events of one device."""

    session: SessionUid
    plan: Plan
    device: DeviceSnapshot
    rows: list[LaunchRow] = field(default_factory=list)
    """Launches that measure and have ended, in order."""
    evaluations: dict[int, PredictionsRow] = field(default_factory=dict)
    """The newest one of each variant, by its number."""
    changes: int = 0
    """Grows with all that can change a verdict."""
    _settings: tuple[str, ...] = ()
    _launch: _Launch | None = None

    def take(self, event: BenchEvent) -> None:
        """Take an event of the device."""
        launch = self._launch
        match event:
            case LaunchStarted():
                self._launch = _Launch(event)
            case HygieneApplied():
                kept = sorted(
                    f"{one.setting}={one.value}" for one in event.settings if one.is_in_force
                )
                self._settings = tuple(kept)
            case RunnerReported() if launch is not None:
                launch.hear(event.event)
            case ReadingTaken() if launch is not None:
                launch.read(event.reading)
            case Scored() if launch is not None:
                self._score(launch, event)
            case LaunchEnded() if launch is not None:
                self._close(launch, event)
            case AlarmRaised():
                self.changes += 1

    def _score(self, launch: _Launch, event: Scored) -> None:
        self.changes += 1
        if launch.start.spec.purpose is not Purpose.EVALUATE:
            return
        number = launch.start.spec.variant_index
        self.evaluations[number] = PredictionsRow(self._score_row(launch, event), event.predictions)

    def _close(self, launch: _Launch, end: LaunchEnded) -> None:
        self._launch = None
        if launch.start.spec.purpose is Purpose.MEASURE:
            self.changes += 1
            self.rows.append(self._row(launch, end))

    def _row(self, launch: _Launch, end: LaunchEnded) -> LaunchRow:
        spec, loaded, temps_c = launch.start.spec, launch.loaded, launch.temps_c
        return LaunchRow(
            **self._shared(launch),
            block=spec.block,
            index=spec.index,
            started_us=launch.start.started_us,
            ended_us=end.ended_us,
            outcome=end.outcome,
            cause=end.cause,
            init_ns=loaded.init_ns if loaded else None,
            first_ns=loaded.first_ns if loaded else None,
            warmup_count=0,  # no comparison looks at it
            summary=end.summary,
            start_temp_c=temps_c[0] if temps_c else None,
            end_temp_c=temps_c[-1] if temps_c else None,
            was_throttled=launch.was_throttled,
            code=end.code,
            coverage=launch.placement.coverage if launch.placement else Coverage.UNKNOWN,
            aggregate=launch.totals,
            variant_position=spec.variant_index,
            settings=self._settings,
        )

    def _score_row(self, launch: _Launch, event: Scored) -> ScoreRow:
        set_number = self.plan.variants[launch.start.spec.variant_index].evaluate
        return ScoreRow(
            **self._shared(launch),
            purpose=launch.start.spec.purpose,
            eval_set="" if set_number is None else self.plan.eval_sets[set_number].name,
            score=event.score,
        )

    def _shared(self, launch: _Launch) -> dict[str, Any]:
        """Return the conditions that launches and scores both have."""
        facts, hello = self.device.facts, launch.hello
        planned = self.plan.variants[launch.start.spec.variant_index]
        return {
            "launch": launch.start.launch,
            "session": self.session,
            "device": self.device.id,
            "device_name": self.device.name,
            "soc": facts.soc if facts else "",
            "os_version": facts.os_version if facts else "",
            "build": facts.build if facts else "",
            "is_virtual": facts is not None and facts.is_virtual,
            "model": planned.variant.model,
            "recipe": planned.variant.recipe,
            "digest": planned.variant.digest,
            "engine": f"{hello.engine} {hello.engine_version}" if hello else "",
            "runner": f"{hello.runner} {hello.runner_version}" if hello else "",
            "accelerator_asked": planned.engine.accelerator,
            "placement": str(launch.placement or ""),
            "threads": planned.engine.threads,
            "affinity": planned.engine.affinity,
            "xnnpack": planned.engine.xnnpack,
        }
