"""What a log of `benchmark_model` says: aggregates of whole runs; it never lists samples."""

from dataclasses import dataclass, field
from enum import StrEnum

from labtui.core.placement import Coverage, Placement


class RunStatus(StrEnum):
    """How far the log tells the run's story."""

    OK = "ok"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LatencyStats:
    """One phase's latencies, in ns, as the tool aggregated them; None where it does not say."""

    mean_ns: int
    count: int | None = None
    first_ns: int | None = None
    last_ns: int | None = None
    min_ns: int | None = None
    max_ns: int | None = None
    std_ns: int | None = None
    p5_ns: int | None = None
    median_ns: int | None = None
    p95_ns: int | None = None


class MemoryKind(StrEnum):
    """What the two figures of a memory line count: generations of the tool differ."""

    PEAK = "peak"
    DELTA = "delta"
    """Growth since the tool started."""


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Memory of the process, in bytes; None where the tool does not say."""

    kind: MemoryKind | None = None
    init_bytes: int | None = None
    overall_bytes: int | None = None
    peak_bytes: int | None = None
    """By periodic monitoring, which disturbs the timing."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """What one delegate did to one subgraph, as far as the lines about it tell."""

    delegate: str
    """`XNNPACK`, `GPU`, `NNAPI`, `CoreML`, …"""
    subgraph: int = 0
    stated: Coverage = Coverage.UNKNOWN
    """A delegate that was only created is unknown; one that could not be applied is none."""
    is_asked: bool = False
    """Whether a flag asked for it, rather than the engine's default."""
    ops: int | None = None
    total_ops: int | None = None
    """Ops of the subgraph when the delegate was applied: an earlier delegate's count as kernels."""
    partitions: int | None = None
    """Pieces of the graph, as the engine counts them: TFLite includes those left to the CPU."""
    kernels: int | None = None
    """Pieces that the delegate took."""
    unsupported: tuple[str, ...] = ()
    """Ops that it refused."""


class ProfilePhase(StrEnum):
    """What was going on while ops were timed."""

    INITIALIZATION = "initialization"
    INFERENCE = "inference"


@dataclass(frozen=True, slots=True)
class ProfiledOp:
    """One node of the profiling pass."""

    type: str
    name: str
    mean_ns: int
    first_ns: int | None
    times_called: int
    """Per run."""


@dataclass(frozen=True, slots=True)
class ProfiledType:
    """All nodes of one type together."""

    type: str
    count: int
    mean_ns: int
    """Per run."""
    share: float
    """Of the profiled time, 0 to 1."""


@dataclass(frozen=True, slots=True)
class OpProfile:
    """Times per op of one graph; a table that was cut is left out whole."""

    phase: ProfilePhase
    graph: str
    """Empty for the primary graph, else `subgraph N` or `delegate` (kernels inside one)."""
    ops: tuple[ProfiledOp, ...]
    types: tuple[ProfiledType, ...]
    total: LatencyStats | None = None
    """Whole runs under profiling: slower than without, not to be mixed with a run's latencies."""


@dataclass(frozen=True, slots=True)
class BenchmarkRun:
    """One invocation of the tool. Numbers that the log does not hold whole are None."""

    status: RunStatus
    cause: str = ""
    """Why it is not ok, in one sentence."""
    graph: str = ""
    """Path of the model file on the device."""
    parameters: tuple[tuple[str, str], ...] = ()
    """As the tool logs them, e.g. (`Num threads`, `4`)."""
    model_bytes: int | None = None
    """From megabytes with six digits, so only about right."""
    init_ns: int | None = None
    first_inference_ns: int | None = None
    warmup: LatencyStats | None = None
    inference: LatencyStats | None = None
    """Set for an incomplete run too when the phase itself is logged whole; None if it failed."""
    memory: MemoryUse | None = None
    delegations: tuple[Delegation, ...] = ()
    placement: Placement = field(default_factory=lambda: Placement(""))
    profiles: tuple[OpProfile, ...] = ()

    @property
    def threads(self) -> int | None:
        """CPU threads that were asked for."""
        digits = dict(self.parameters).get("Num threads", "")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else None


@dataclass(frozen=True, slots=True)
class BenchmarkLog:
    """The runs of one log, in its order."""

    runs: tuple[BenchmarkRun, ...]
