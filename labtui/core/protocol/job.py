"""What a runner is told to do: one `job` line (see runners/PROTOCOL.md)."""

import json
from dataclasses import dataclass
from typing import Any

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol.fields import (
    ProtocolViolation,
    integer,
    mapping,
    number,
    opt_integer,
    opt_number,
    parse_object,
    text,
)

PROTOCOL_VERSION = 1
MAX_RUNS = 10_000_000
MAX_SECONDS = 86_400.0
MIN_RATE_HZ, MAX_RATE_HZ = 0.001, 100_000.0
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


def encode_job(job: Job) -> bytes:
    """Return the job as one line with its newline."""
    record = {
        "ev": "job",
        "protocol": PROTOCOL_VERSION,
        "variant": job.variant,
        "sha256": job.sha256,
        "engine": {"accelerator": job.engine.accelerator, "threads": job.engine.threads},
        "seed": job.seed,
        "warmup": {
            "min_runs": job.warmup.min_runs,
            "max_runs": job.warmup.max_runs,
            "min_s": job.warmup.min_s,
            "max_s": job.warmup.max_s,
            "tolerance": job.warmup.tolerance,
        },
        "measure": {"runs": job.measure.runs, "seconds": job.measure.seconds},
        "rate_hz": job.rate_hz,
        "raw_file": job.raw_file,
    }
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def decode_job(line: bytes) -> Job:
    """Read a job line. Raises ProtocolViolation for anything that is not exactly a job."""
    record = parse_object(line)
    if record.get("ev") != "job":
        raise ProtocolViolation("the first line is not a job")
    if integer(record, "protocol") != PROTOCOL_VERSION:
        raise ProtocolViolation(f"the job speaks another protocol than {PROTOCOL_VERSION}")
    if unknown := sorted(record.keys() - _KEYS):
        raise ProtocolViolation(f"unknown job fields: {', '.join(unknown)[:200]}")
    return Job(
        variant=text(record, "variant"),
        sha256=Digest(text(record, "sha256", limit=64)),
        engine=_engine(mapping(record, "engine")),
        seed=integer(record, "seed"),
        warmup=_warmup(mapping(record, "warmup")),
        measure=_measure(mapping(record, "measure")),
        rate_hz=opt_number(record, "rate_hz", low=MIN_RATE_HZ, high=MAX_RATE_HZ),
        raw_file=None if record.get("raw_file") is None else text(record, "raw_file"),
    )


def _engine(record: dict[str, Any]) -> EngineOptions:
    return EngineOptions(
        accelerator=text(record, "accelerator", limit=32),
        threads=integer(record, "threads", low=1, high=256),
    )


def _warmup(record: dict[str, Any]) -> WarmUp:
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


def _measure(record: dict[str, Any]) -> Measure:
    measure = Measure(
        runs=opt_integer(record, "runs", low=1, high=MAX_RUNS),
        seconds=opt_number(record, "seconds", high=MAX_SECONDS),
    )
    if (measure.runs is None) == (measure.seconds is None):
        raise ProtocolViolation("measure needs either runs or seconds")
    return measure
