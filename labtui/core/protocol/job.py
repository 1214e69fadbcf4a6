"""What a runner is told to do: one `job` line (see runners/PROTOCOL.md)."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol.fields import (
    ProtocolMismatch,
    ProtocolViolation,
    Record,
    flag,
    integer,
    mapping,
    number,
    numbers,
    opt_integer,
    opt_number,
    opt_text,
    parse_object,
    text,
)

PROTOCOL_VERSION = 1
MAX_RUNS = 10_000_000
MAX_SECONDS = 86_400.0
MIN_RATE_HZ, MAX_RATE_HZ = 0.001, 100_000.0
MAX_CONTROL_RUNS = MAX_PROFILE_RUNS = 10_000
MAX_CHANNELS = 4096
_KEYS = {
    "ev",
    "protocol",
    "variant",
    "sha256",
    "engine",
    "seed",
    "warmup",
    "measure",
    "rate_hz",
    "raw_file",
    "control_runs",
    "profile_runs",
    "eval",
}


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Warm up until steady: at least `min_runs`, at most `max_runs` or `max_s`, whichever first.

    Steady means that the medians of the last two windows of `min_runs` inferences differ by
    less than `tolerance` (a ratio). `min_runs == max_runs` is a fixed count. `min_s` keeps a small
    variant from being called steady before the clock governor has seen the load.
    """

    min_runs: int = 5
    max_runs: int = 200
    max_s: float = 3.0
    tolerance: float = 0.05
    min_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How long to measure: a number of runs, or a time; exactly one is given."""

    runs: int | None = None
    seconds: float | None = None


class Layout(StrEnum):
    """Which axis of an eval set's inputs counts the channels."""

    NCHW = "NCHW"
    NHWC = "NHWC"


@dataclass(frozen=True, slots=True)
class Normalise:
    """How an element x of channel c becomes a real number: (x * scale - mean[c]) / std[c]."""

    scale: float
    mean: tuple[float, ...]
    """One for all channels, or one for each."""
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EvalJob:
    """An eval set to run after measuring."""

    inputs: str
    """Path of the `.npy` file with the items."""
    sha256: Digest
    outputs: str
    """Output k is written to the file of this name followed by `.k.npy`."""
    layout: Layout = Layout.NCHW
    normalise: Normalise | None = None
    """None = the elements are handed over as they are."""
    items: int | None = None
    """How many from the start; None = all."""


@dataclass(frozen=True, slots=True)
class Job:
    """One launch of one variant."""

    variant: str
    """Path of the file, relative to the runner's working directory."""
    sha256: Digest
    engine: EngineOptions
    seed: int
    """Seed of the generated inputs."""
    warmup: WarmUp
    measure: Measure
    rate_hz: float | None = None
    """Start inferences at this rate; None = back to back."""
    raw_file: str | None = None
    """Where the runner keeps a copy of its events; None = nowhere."""
    library: str | None = None
    """Path of the engine's library; None = the runner's own engine or search."""
    control_runs: int = 0
    """Inferences without the accelerator or delegate asked for, after measuring."""
    profile_runs: int = 0
    """Inferences of the profiling pass."""
    eval: EvalJob | None = None


def encode_job(job: Job) -> bytes:
    """Return the job as one line with its newline."""
    record = {
        "ev": "job",
        "protocol": PROTOCOL_VERSION,
        "variant": job.variant,
        "sha256": job.sha256,
        "engine": asdict(job.engine) | {"library": job.library},
        "seed": job.seed,
        "warmup": asdict(job.warmup),
        "measure": asdict(job.measure),
        "rate_hz": job.rate_hz,
        "raw_file": job.raw_file,
        "control_runs": job.control_runs,
        "profile_runs": job.profile_runs,
        "eval": None if job.eval is None else asdict(job.eval),
    }
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def decode_job(line: bytes) -> Job:
    """Read a job line. Raises ProtocolViolation for anything that is not exactly a job."""
    record = parse_object(line)
    if record.get("ev") != "job":
        raise ProtocolViolation("the first line is not a job")
    if integer(record, "protocol") != PROTOCOL_VERSION:
        raise ProtocolMismatch(f"the job speaks another protocol than {PROTOCOL_VERSION}")
    _only(record, _KEYS)
    engine = mapping(record, "engine")
    return Job(
        variant=text(record, "variant"),
        sha256=_digest(record),
        engine=_engine(engine),
        seed=integer(record, "seed"),
        warmup=_warmup(mapping(record, "warmup")),
        measure=_measure(mapping(record, "measure")),
        rate_hz=opt_number(record, "rate_hz", low=MIN_RATE_HZ, high=MAX_RATE_HZ),
        raw_file=opt_text(record, "raw_file"),
        library=opt_text(engine, "library"),
        control_runs=opt_integer(record, "control_runs", high=MAX_CONTROL_RUNS) or 0,
        profile_runs=opt_integer(record, "profile_runs", high=MAX_PROFILE_RUNS) or 0,
        eval=None if record.get("eval") is None else _eval(mapping(record, "eval")),
    )


def _digest(record: Record) -> Digest:
    digest = text(record, "sha256", limit=64)
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ProtocolViolation("sha256 is not 64 lower-case hex digits")
    return Digest(digest)


def _only(record: Record, known: set[str]) -> None:
    if unknown := sorted(record.keys() - known):
        raise ProtocolViolation(f"unknown job fields: {', '.join(unknown)[:200]}")


def _engine(record: Record) -> EngineOptions:
    _only(record, {"accelerator", "threads", "affinity", "xnnpack", "library"})
    return EngineOptions(
        accelerator=text(record, "accelerator", limit=32),
        threads=integer(record, "threads", low=1, high=256),
        affinity=opt_integer(record, "affinity", low=1),
        xnnpack=flag(record, "xnnpack", default=True),
    )


def _eval(record: Record) -> EvalJob:
    _only(record, {"inputs", "sha256", "outputs", "layout", "normalise", "items"})
    layout = text(record, "layout", limit=4)
    if layout not in set(Layout):
        raise ProtocolViolation("the layout of the eval set is neither NCHW nor NHWC")
    normalise = record.get("normalise")
    return EvalJob(
        inputs=text(record, "inputs"),
        sha256=_digest(record),
        outputs=text(record, "outputs"),
        layout=Layout(layout),
        normalise=None if normalise is None else read_normalise(mapping(record, "normalise")),
        items=opt_integer(record, "items", low=1, high=MAX_RUNS),
    )


def read_normalise(record: Record) -> Normalise:
    """Return how elements are normalised. Raises ProtocolViolation."""
    _only(record, {"scale", "mean", "std"})
    normalise = Normalise(
        scale=number(record, "scale", low=-1e18),
        mean=numbers(record, "mean", MAX_CHANNELS),
        std=numbers(record, "std", MAX_CHANNELS),
    )
    if not normalise.mean or not normalise.std or min(normalise.std) <= 0 or not normalise.scale:
        raise ProtocolViolation("the eval set is normalised by nothing or by zero")
    return normalise


def _warmup(record: Record) -> WarmUp:
    _only(record, {"min_runs", "max_runs", "max_s", "tolerance", "min_s"})
    warmup = WarmUp(
        min_runs=integer(record, "min_runs", high=MAX_RUNS),
        max_runs=integer(record, "max_runs", high=MAX_RUNS),
        max_s=number(record, "max_s", high=MAX_SECONDS),
        tolerance=number(record, "tolerance", high=1.0),
        min_s=number(record, "min_s", high=MAX_SECONDS),
    )
    if warmup.max_runs < warmup.min_runs:
        raise ProtocolViolation("the warm-up's max_runs is less than its min_runs")
    return warmup


def _measure(record: Record) -> Measure:
    _only(record, {"runs", "seconds"})
    measure = Measure(
        runs=opt_integer(record, "runs", low=1, high=MAX_RUNS),
        seconds=opt_number(record, "seconds", high=MAX_SECONDS),
    )
    if (measure.runs is None) == (measure.seconds is None):
        raise ProtocolViolation("measure needs either runs or seconds")
    return measure
