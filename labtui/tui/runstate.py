"""What one device does in the running plan, as far as the screen shows it."""

import statistics
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from labtui.core.accuracy import Golden, Score, Tally
from labtui.core.events import AccuracyUpdated, LaunchEnded, Outcome
from labtui.core.history import Numerics
from labtui.core.model import DeviceSnapshot
from labtui.core.placement import Placement
from labtui.core.plan import LaunchSpec, Plan, Purpose
from labtui.core.protocol import Aggregate, Control, Profile, RunnerEvent
from labtui.core.readings import Reading
from labtui.core.stats import LaunchSummary
from labtui.failure import FailureCode
from labtui.tui.theme import Sign, Tone, variant_letter

RECENT_SAMPLES = 400
"""The p50 on the board is that of the latest samples of the launch, this many."""


class Phase(Enum):
    """Where a device stands."""

    WAITING = Sign("◌", "waiting", Tone.MUTED)
    PUSHING = Sign("◐", "pushing", Tone.ACCENT)
    LOADING = Sign("◐", "loading", Tone.ACCENT)
    WARMING_UP = Sign("●", "warm-up", Tone.ACCENT)
    MEASURING = Sign("●", "running", Tone.ACCENT)
    CHECKING = Sign("◐", "check", Tone.ACCENT)
    """The golden items run."""
    SCORING = Sign("●", "scoring", Tone.ACCENT)
    """The eval set runs."""
    ENDED = Sign("✔", "done", Tone.GOOD)

    @property
    def is_working(self) -> bool:
        """Whether it still has something to do."""
        return self is not Phase.ENDED


THROTTLED = Sign("▲", "throttled", Tone.WARN)
FELL_BACK = Sign("▼", "fell back", Tone.BAD)
"""Something runs elsewhere than asked: nobody shall take its numbers for the accelerator's."""
BROKEN = Sign("✖", "BROKEN", Tone.BAD)
"""Outputs are not those of the model: the latency is that of something else."""
_RUNNING = {
    Purpose.CHECK: Phase.CHECKING,
    Purpose.MEASURE: Phase.WARMING_UP,
    Purpose.EVALUATE: Phase.SCORING,
}
_ENDS = {
    Outcome.DONE: Sign("✔", "done", Tone.GOOD),
    Outcome.STOPPED: Sign("■", "stopped", Tone.MUTED),
    Outcome.FAILED: Sign("✖", "failed", Tone.BAD),
    Outcome.INTERRUPTED: Sign("✖", "interrupted", Tone.BAD),
}


@dataclass(slots=True)
class VariantRun:
    """What is known of one variant on one device."""

    summaries: list[LaunchSummary] = field(default_factory=list)
    failed: int = 0
    cause: str = ""
    code: FailureCode | None = None
    placement: Placement | None = None
    profile: Profile | None = None
    control_p50_ns: float | None = None
    totals: Aggregate | None = None
    """Of a program that does not report single inferences."""
    alarms: list[str] = field(default_factory=list)
    end_temp_c: float | None = None
    was_throttled: bool | None = None
    scored: Tally | None = None
    """Of the eval set, as far as it is scored."""
    golden: Golden | None = None
    numerics: Numerics = Numerics.UNCHECKED

    @property
    def p50_ns(self) -> float | None:
        """Median over the launches' medians so far."""
        if self.totals is not None:
            return self.totals.p50_ns
        medians = [summary.p50_ns for summary in self.summaries]
        return statistics.median(medians) if medians else None

    @property
    def is_broken(self) -> bool:
        """Whether the outputs were not those of the model, at least once."""
        return self.numerics is Numerics.BROKEN

    def take_score(self, score: Score) -> None:
        """Take what the outputs of a launch were worth; broken once is broken."""
        self.golden = score.golden or self.golden
        is_broken = score.is_red or self.is_broken
        self.numerics = Numerics.BROKEN if is_broken else Numerics.OK


@dataclass(slots=True)
class DeviceRun:
    """One device's part of the plan."""

    device: DeviceSnapshot
    plan: Plan
    launches: int
    """How many the plan has for this device."""
    phase: Phase = Phase.WAITING
    spec: LaunchSpec | None = None
    stroke: int = 0
    """Number of the launch on its plot."""
    sent_bytes: int = 0
    total_bytes: int = 0
    measured: int = 0
    measured_ns: int = 0
    evaluated: AccuracyUpdated | None = None
    """How far the launch at work has come with its items; None for one that measures."""
    offset_s: float | None = None
    """Host time minus device time in this launch."""
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=RECENT_SAMPLES))
    p50_ns: float | None = None
    reading: Reading | None = None
    outcome: Outcome = Outcome.RUNNING
    cause: str = ""
    variant_runs: dict[int, VariantRun] = field(default_factory=dict)
    """By number of the variant."""

    @property
    def sign(self) -> Sign:
        """State for the board."""
        if self.outcome in _ENDS:
            return _ENDS[self.outcome]
        if self.spec is not None and self.variant_run.is_broken:
            return BROKEN
        is_inferring = self.phase in (Phase.MEASURING, Phase.WARMING_UP)
        if is_inferring and self.placement is not None and self.placement.is_fallback:
            return FELL_BACK
        if is_inferring and self.reading is not None and self.reading.is_throttled:
            return THROTTLED
        return self.phase.value

    @property
    def variant_run(self) -> VariantRun:
        """What is known of the variant at work."""
        return self.variant_runs.setdefault(self.variant_index or 0, VariantRun())

    @property
    def placement(self) -> Placement | None:
        """Where the variant at work runs; None until its runner has said so."""
        return self.variant_run.placement if self.spec is not None else None

    @property
    def variant_index(self) -> int | None:
        """Number of the variant at work; None before the first launch."""
        return None if self.spec is None else self.spec.variant_index

    @property
    def variant_label(self) -> str:
        """Letter in the plan and recipe (or model) of the variant at work: `B full8`."""
        if self.spec is None:
            return ""
        variant = self.plan.variants[self.spec.variant_index].variant
        return f"{variant_letter(self.spec.variant_index)} {variant.recipe or variant.model}"

    @property
    def purpose(self) -> Purpose:
        """What the launch at work is for."""
        return Purpose.MEASURE if self.spec is None else self.spec.purpose

    @property
    def mark(self) -> str:
        """What stands over the start of a launch in the plot."""
        words = {Purpose.CHECK: " check", Purpose.MEASURE: "", Purpose.EVALUATE: " score"}
        label = f"{self.variant_label}{words[self.purpose]}"
        return f"{BROKEN.glyph}{label} {BROKEN.word}" if self.variant_run.is_broken else label

    @property
    def broken(self) -> frozenset[int]:
        """Numbers of the variants whose outputs are wrong here."""
        return frozenset(number for number, one in self.variant_runs.items() if one.is_broken)

    @property
    def share_done(self) -> float:
        """How much of the plan is behind this device, 0 to 1."""
        if self.outcome is Outcome.DONE:
            return 1.0
        if self.spec is None:
            return 0.0
        return (self.spec.index + self._share_of_launch()) / max(1, self.launches)

    def _share_of_launch(self) -> float:
        if self.purpose is not Purpose.MEASURE:
            done = self.evaluated
            return min(1.0, done.tally.items / done.of_items) if done and done.of_items else 0.0
        measure = self.plan.preset.measure
        if measure.seconds:
            return min(1.0, self.measured_ns / 1e9 / measure.seconds)
        return min(1.0, self.measured / measure.runs) if measure.runs else 0.0

    def begin(self, spec: LaunchSpec) -> None:
        """Start the next launch."""
        self.spec = spec
        self.stroke += 1
        self.phase = Phase.LOADING
        self.measured = self.measured_ns = 0
        self.evaluated = None
        self.p50_ns = self.variant_run.p50_ns
        self.offset_s = None
        self.recent.clear()

    def load(self) -> None:
        """Go on from loading to what the launch is for."""
        self.phase = _RUNNING[self.purpose]

    def score(self, event: AccuracyUpdated) -> None:
        """Take how far an eval set is scored; the items of a check are no accuracy."""
        self.evaluated = event
        if self.purpose is Purpose.EVALUATE:
            self.variant_run.scored = event.tally

    def refresh_p50(self) -> None:
        """Bring the p50 up to the latest samples."""
        if self.recent:
            self.p50_ns = statistics.median(self.recent)

    def hear(self, event: RunnerEvent) -> None:
        """Take what the runner says of the variant at work beside its samples."""
        match event:
            case Placement():
                self.variant_run.placement = event
            case Profile():
                self.variant_run.profile = event
            case Control(durations_ns=durations_ns) if durations_ns:
                self.variant_run.control_p50_ns = statistics.median(durations_ns)
            case Aggregate():
                self.variant_run.totals = event
                self.p50_ns = event.p50_ns

    def close_launch(self, end: LaunchEnded) -> None:
        """Take a launch's end into the results; only one that measures has a latency and heat."""
        known = self.variant_run
        if end.outcome is Outcome.FAILED:
            known.cause, known.code = end.cause, end.code
        if self.purpose is Purpose.MEASURE:
            self._close_measurement(known, end)
        self.recent.clear()
        self.phase = Phase.LOADING if self.phase is not Phase.ENDED else self.phase

    def _close_measurement(self, known: VariantRun, end: LaunchEnded) -> None:
        if end.summary is not None:
            known.summaries.append(end.summary)
            self.p50_ns = end.summary.p50_ns
        known.failed += end.outcome is Outcome.FAILED
        if self.reading is not None:
            known.end_temp_c = self.reading.headline_c
            known.was_throttled = _either(known.was_throttled, self.reading.is_throttled)


def _either(before: bool | None, now: bool | None) -> bool | None:
    return now if before is None else before or bool(now)
