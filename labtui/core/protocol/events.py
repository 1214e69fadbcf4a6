"""What a runner reports (see runners/PROTOCOL.md); times are the device's CLOCK_MONOTONIC in ns."""

from dataclasses import dataclass, field

from labtui.core.placement import OpTime, Placement
from labtui.core.readings import ClusterClock, ThermalStatus
from labtui.failure import FailureCode

MAX_BATCH = 10_000
"""Most samples in one `samples` event, and most ops in one `profile`."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First event: who speaks, and two clocks read at the same instant."""

    protocol: int
    runner: str
    runner_version: str
    engine: str
    engine_version: str
    pid: int
    mono_ns: int
    boot_ns: int
    """CLOCK_BOOTTIME at `mono_ns`: ties readings (boot time) to samples (monotonic time)."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The variant is loaded and has run once."""

    t_ns: int
    init_ns: int
    """From opening the file to an engine ready to run."""
    first_ns: int
    """Duration of the very first inference."""
    rss_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive timed inferences."""

    first_index: int
    """Counts from 0 over the whole launch, warm-up included, without gaps."""
    t0_ns: int
    """Start of the first inference."""
    durations_ns: tuple[int, ...]
    is_warmup: bool
    offsets_us: tuple[int, ...] | None = None
    """Start of each inference after `t0_ns`; None = back to back."""
    durations_text: str = field(default="", compare=False, repr=False)
    """`durations_ns` as they came, comma separated: spares the history to write them out again.

    Empty where they did not come as text.
    """


@dataclass(frozen=True, slots=True)
class Control:
    """Timed inferences without the accelerator or delegate that was asked for."""

    t0_ns: int
    unit: str
    delegate: str
    durations_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Where an inference spends its time, from a pass of its own."""

    runs: int
    ops: tuple[OpTime, ...]
    """In the order in which they run."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """What one output tensor was over a whole eval set."""

    name: str
    path: str
    """On the device, as the job names it."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The eval set has been run; its raw outputs lie on the device."""

    items: int
    busy_ns: int
    """Time inside inferences."""
    files: tuple[OutputFile, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """All that a program tells of its measured inferences when it does not report each, in ns."""

    runs: int
    """0 = it does not tell."""
    mean_ns: float
    sd_ns: float | None = None
    min_ns: float | None = None
    max_ns: float | None = None
    p5_ns: float | None = None
    p50_ns: float | None = None
    p95_ns: float | None = None
    first_ns: float | None = None
    """The first measured inference."""
    warmup_runs: int | None = None
    warmup_mean_ns: float | None = None


@dataclass(frozen=True, slots=True)
class RunnerReading:
    """What the runner sees of its device between timed inferences."""

    t_ns: int
    rss_bytes: int | None = None
    clocks: tuple[ClusterClock, ...] = ()
    thermal_status: ThermalStatus | None = None
    """What iOS says of its heat."""
    is_low_power: bool | None = None
    """Whether the device saves power, which slows it down."""


@dataclass(frozen=True, slots=True)
class Output:
    """Fingerprint of one output tensor for the job's seeded input: shows that inference is real."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    sha256: str
    head: tuple[float, ...]
    """The first values, at most 8."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Fingerprints of all outputs of the first inference."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the log pane; a stray line of output becomes one too."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Alive:
    """Nothing to report for a second, e.g. while a large variant loads."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class End:
    """Last event of a launch that ended as it should, with counts to check the stream by."""

    t_ns: int
    warmup: int
    measured: int
    is_stopped: bool
    """True when it was told to stop before the job was done."""


@dataclass(frozen=True, slots=True)
class RunnerError:
    """Last event of a launch that could not go on."""

    code: FailureCode
    text: str


RunnerEvent = (
    Hello
    | Loaded
    | Placement
    | Samples
    | Control
    | Profile
    | Evaluated
    | Aggregate
    | RunnerReading
    | Outputs
    | Log
    | Alive
    | End
    | RunnerError
)
