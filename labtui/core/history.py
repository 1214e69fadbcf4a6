"""Rows of the history as screens, commands and exports see them."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.core.accuracy.predictions import Predictions
from labtui.core.accuracy.score import Score, Tally
from labtui.core.events import Outcome
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid, VariantFormat
from labtui.core.placement import Coverage, OpTime
from labtui.core.plan import Plan, Purpose
from labtui.core.protocol import Aggregate
from labtui.core.stats import LaunchSummary
from labtui.failure import FailureCode


class Numerics(StrEnum):
    """Whether outputs were what the variant's model computes."""

    OK = "ok"
    BROKEN = "broken"
    """At least once they were not: the latency is that of something else."""
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in a list, newest first."""

    session: SessionUid
    name: str
    preset: str
    started_us: int
    ended_us: int | None
    outcome: Outcome
    devices: int
    variants: int
    launches: int
    samples: int
    is_virtual: bool
    tags: tuple[str, ...]
    note: str = ""
    is_imported: bool = False
    """Read from another tool's log, not measured here."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """What a session was meant to do, and how it ended."""

    session: SessionUid
    plan: Plan
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class LaunchRow:
    """One launch with the conditions that belong to its numbers."""

    launch: LaunchUid
    session: SessionUid
    device: DeviceId
    device_name: str
    soc: str
    os_version: str
    build: str
    is_virtual: bool
    model: str
    recipe: str
    digest: Digest
    block: int
    index: int
    started_us: int
    ended_us: int | None
    outcome: Outcome
    cause: str
    engine: str
    """Engine and version as the runner says."""
    runner: str
    accelerator_asked: str
    placement: str
    """Units and delegates with their op counts; empty = the engine would not say."""
    threads: int
    init_ns: int | None
    first_ns: int | None
    warmup_count: int
    summary: LaunchSummary | None
    start_temp_c: float | None
    end_temp_c: float | None
    was_throttled: bool | None
    """True when any reading says so; None when no reading could tell."""
    code: FailureCode | None = None
    """Which cause it was; None when it did not fail."""
    coverage: Coverage = Coverage.UNKNOWN
    affinity: int | None = None
    """Bit mask of CPUs asked for."""
    xnnpack: bool = True
    aggregate: Aggregate | None = None
    """Where the program told only totals; then there is no summary."""
    control_unit: str | None = None
    control_p50_ns: float | None = None
    """Median of the control run, which did without the accelerator asked for."""
    alarms: tuple[str, ...] = ()
    is_imported: bool = False
    variant_position: int = 0
    """Of its variant in the plan."""
    settings: tuple[str, ...] = ()
    """What the device was set to for the session, as `name=value`; empty = to what it is."""

    @property
    def is_aggregate(self) -> bool:
        """Whether all that is known are totals."""
        return self.aggregate is not None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One variant on one device in one session: medians over its launches, in ns."""

    session: SessionUid
    device: DeviceId
    device_name: str
    is_virtual: bool
    model: str
    recipe: str
    digest: Digest
    size_bytes: int
    launches: int
    failed: int
    samples: int
    p50_ns: float | None
    p90_ns: float | None
    mean_ns: float | None
    spread_ns: float | None
    """Largest minus smallest launch median; None below two launches."""
    end_temp_c: float | None
    was_throttled: bool | None
    cause: str
    """Why launches failed (the last cause); empty when none did."""
    accelerator_asked: str = "cpu"
    threads: int = 1
    code: FailureCode | None = None
    """Which cause it was; None when nothing failed."""
    coverage: Coverage = Coverage.UNKNOWN
    """Of the launch that fell back furthest."""
    placement: str = ""
    """Units and delegates with their op counts, of the same launch; empty = nobody would say."""
    affinity: int | None = None
    """Bit mask of CPUs asked for."""
    xnnpack: bool = True
    is_aggregate: bool = False
    """The latencies are medians of totals that a program told: there are no samples."""
    aggregate_runs: int = 0
    """Inferences behind those totals, as far as they were told."""
    control_p50_ns: float | None = None
    """Median of the control run, which did without the accelerator asked for."""
    alarms: tuple[str, ...] = ()
    """What is not believable about its launches, one sentence each."""
    is_imported: bool = False
    """Read from another tool's log, not measured here."""
    format: VariantFormat | None = None
    """None for one that only another version of labtui knows."""
    parameters: int = 0
    """Of the variant; 0 = unknown."""
    input_shape: tuple[int, ...] = ()
    """Of the variant's first input, -1 where the file leaves a dimension open; empty = unknown."""
    sustained_p90_ns: float | None = None
    """p90 of the last third of the measured time; None when that was too short to get warm."""
    numerics: Numerics = Numerics.UNCHECKED
    golden_snr_db: float | None = None
    """Of the newest golden check: outputs against those of the float model."""
    eval_set: str = ""
    """Name of the eval set behind the tally."""
    tally: Tally | None = None
    """What the newest evaluation scored; None when there was none."""
    variant_position: int = 0
    """Of the variant in the plan."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What the outputs of one launch were worth, with the conditions that belong to it."""

    launch: LaunchUid
    session: SessionUid
    device: DeviceId
    device_name: str
    soc: str
    os_version: str
    build: str
    is_virtual: bool
    model: str
    recipe: str
    digest: Digest
    engine: str
    """Engine and version as the runner says."""
    runner: str
    accelerator_asked: str
    placement: str
    """Units and delegates with their op counts; empty = the engine would not say."""
    threads: int
    affinity: int | None
    xnnpack: bool
    purpose: Purpose
    eval_set: str
    """Its name; empty when no session describes the set."""
    score: Score


@dataclass(frozen=True, slots=True)
class PredictionsRow:
    """What one launch predicted for each item: comparable where `scored.score.eval_set` is."""

    scored: ScoreRow
    predictions: Predictions


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One timed inference."""

    launch: LaunchUid
    index: int
    t_ns: int
    latency_ns: int
    is_warmup: bool


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One reading of one launch; None = the device would not say."""

    launch: LaunchUid
    t_ns: int | None
    headline_c: float | None
    thermal_status: int | None
    battery_percent: int | None
    battery_c: float | None
    clock_limit_ratio: float | None


@dataclass(frozen=True, slots=True)
class OpTimeRow:
    """One op of a launch's profiling pass."""

    launch: LaunchUid
    position: int
    """In the order in which they ran, from 0."""
    op: OpTime
    share: float | None
    """Of the profiled time, 0 to 1; None when it took none."""
