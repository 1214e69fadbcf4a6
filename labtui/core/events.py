"""What happens on the bench while a plan runs: the one stream that screen and history both read."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.core.accuracy import Predictions, Score, Tally
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, DeviceSnapshot, Digest, LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec, Plan
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import RunnerEvent, Samples
from labtui.core.readings import Reading
from labtui.core.stats import LaunchSummary
from labtui.failure import FailureCode


class Outcome(StrEnum):
    """How a session or a launch ended."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Somebody asked for it."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """labtui itself ended before it did; found at the next start."""


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A plan is about to run."""

    session: SessionUid
    plan: Plan
    devices: tuple[DeviceSnapshot, ...]
    started_us: int
    """Wall clock, µs since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class PushProgressed:
    """Some of a variant is on the device."""

    device: DeviceId
    digest: Digest
    sent_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class PushEnded:
    """A variant is on the device, verified."""

    device: DeviceId
    digest: Digest
    total_bytes: int
    seconds: float
    was_there: bool
    """The device had it already: nothing was sent."""


@dataclass(frozen=True, slots=True)
class HygieneApplied:
    """A device's settings are those of a run until its launches have ended."""

    device: DeviceId
    settings: tuple[Kept, ...]
    """In force or not supported; empty for a device that has none."""


@dataclass(frozen=True, slots=True)
class GateShut:
    """A block waits; `GateWaited` follows unless somebody stops the run."""

    device: DeviceId
    block: int
    reasons: tuple[str, ...]
    """One clause each."""


@dataclass(frozen=True, slots=True)
class GateWaited:
    """A block that had to wait begins now."""

    device: DeviceId
    block: int
    seconds: float
    reasons_left: tuple[str, ...]
    """What it should have waited for still; empty when the device got as it has to be."""


@dataclass(frozen=True, slots=True)
class CanaryMeasured:
    """The canary of a device ran between two blocks."""

    device: DeviceId
    after_block: int | None
    """None = before the first one."""
    p50_ns: float | None
    """None = it failed, and is not launched again."""
    ratio: float | None
    """p50 / median of the earlier ones; None for the first."""
    cause: str
    """Why it failed; else empty."""


@dataclass(frozen=True, slots=True)
class MeasuredEnough:
    """A device leaves out the measuring launches that its plan still has."""

    device: DeviceId
    rounds: int
    """Launches of each variant that it had."""
    is_decided: bool
    """Else its time is up."""


@dataclass(frozen=True, slots=True)
class LaunchStarted:
    """A runner process is about to start."""

    launch: LaunchUid
    session: SessionUid
    device: DeviceId
    spec: LaunchSpec
    started_us: int


@dataclass(frozen=True, slots=True)
class RunnerReported:
    """Anything a runner says that is not samples (hello, loaded, placement, outputs, log, …)."""

    launch: LaunchUid
    device: DeviceId
    event: RunnerEvent


@dataclass(frozen=True, slots=True)
class SamplesArrived:
    """The hot path: one batch."""

    launch: LaunchUid
    device: DeviceId
    samples: Samples


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    """The device's own state, about once a second while it works."""

    launch: LaunchUid
    device: DeviceId
    t_ns: int | None
    """On the clock of the launch's samples; None until the runner said hello."""
    reading: Reading


@dataclass(frozen=True, slots=True)
class AccuracyUpdated:
    """More of an eval set has been scored; all that is known of one that is cut off."""

    launch: LaunchUid
    device: DeviceId
    tally: Tally
    of_items: int


@dataclass(frozen=True, slots=True)
class Scored:
    """All items that a launch was to evaluate are scored; it comes before the launch's end."""

    launch: LaunchUid
    device: DeviceId
    score: Score
    predictions: Predictions


@dataclass(frozen=True, slots=True)
class LaunchEnded:
    """A runner process is gone."""

    launch: LaunchUid
    device: DeviceId
    outcome: Outcome
    cause: str
    """One sentence; empty when done."""
    summary: LaunchSummary | None
    """Of what it measured; None for a launch that checks or evaluates."""
    ended_us: int
    code: FailureCode | None = None
    """Which cause it was; None when it did not fail."""


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """A launch that has ended is not believable as it stands."""

    launch: LaunchUid
    device: DeviceId
    kind: AlarmKind
    text: str
    """One sentence with the numbers."""


@dataclass(frozen=True, slots=True)
class DeviceEnded:
    """A device has done its part, or cannot."""

    device: DeviceId
    outcome: Outcome
    cause: str
    code: FailureCode | None = None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """All devices have ended."""

    session: SessionUid
    outcome: Outcome
    ended_us: int


BenchEvent = (
    SessionStarted
    | PushProgressed
    | PushEnded
    | HygieneApplied
    | GateShut
    | GateWaited
    | CanaryMeasured
    | MeasuredEnough
    | LaunchStarted
    | RunnerReported
    | SamplesArrived
    | ReadingTaken
    | AccuracyUpdated
    | Scored
    | LaunchEnded
    | AlarmRaised
    | DeviceEnded
    | SessionEnded
)
