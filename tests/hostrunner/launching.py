"""Starts the runner as the bench does, and reads its stream with the bench's own reader."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import (
    End,
    EvalJob,
    Job,
    Measure,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    WarmUp,
    encode_job,
)

TIMEOUT_S = 60.0
TEN_RUNS = Measure(runs=10)
TWO_RUNS = WarmUp(min_runs=2, max_runs=2)
ONE_THREAD = EngineOptions()
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a launch left behind."""

    exit_code: int
    events: list[RunnerEvent]
    outcome: End | RunnerError | None
    stdout: bytes
    stderr: str

    def all(self, kind: type) -> list[RunnerEvent]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def samples(self) -> list[Samples]:
        """All batches."""
        return [event for event in self.events if isinstance(event, Samples)]

    @property
    def error(self) -> RunnerError:
        """The last event, which has to be an error."""
        assert isinstance(self.outcome, RunnerError), self.outcome
        return self.outcome


def starts_ns(batches: Iterable[Samples]) -> list[int]:
    """Work out when each inference started, as a host does."""
    starts: list[int] = []
    for batch in batches:
        offsets_ns = list(accumulate(batch.durations_ns[:-1], initial=0))
        if batch.offsets_us:
            offsets_ns = [offset_us * 1_000 for offset_us in batch.offsets_us]
        starts += [batch.t0_ns + offset_ns for offset_ns in offsets_ns]
    return starts


def job_for(
    path: Path,
    measure: Measure = TEN_RUNS,
    warmup: WarmUp = TWO_RUNS,
    *,
    rate_hz: float | None = None,
    raw_file: Path | None = None,
    engine: EngineOptions = ONE_THREAD,
    seed: int = 7,
    control_runs: int = 0,
    profile_runs: int = 0,
    eval_job: EvalJob | None = None,
) -> Job:
    """Return a short job for the file as it is now."""
    raw = None if raw_file is None else str(raw_file)
    return Job(
        str(path), digest_of(path), engine, seed, warmup, measure, rate_hz, raw,
        control_runs=control_runs, profile_runs=profile_runs, eval=eval_job,
    )  # fmt: skip


def digest_of(path: Path) -> Digest:
    """Return what the file holds now; zeros where there is none."""
    return Digest(sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process' environment with the checkout importable from anywhere."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), **extra}


@contextmanager
def runner(
    python: Path | str = sys.executable, program: str = "labtui.hostrunner", **extra: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the runner; leaving the context leaves no process and no open pipe."""
    command = [str(python), "-m", program]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(extra), bufsize=0
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def run(job: Job | bytes, python: Path | str = sys.executable, **extra: str) -> Ran:
    """Run a job to its end with stdin held open, as the bench holds it."""
    line = job if isinstance(job, bytes) else encode_job(job)
    with runner(python, **extra) as process:
        assert process.stdin is not None
        process.stdin.write(line)
        return collect(process)


def collect(process: "subprocess.Popen[bytes]", seen: bytes = b"") -> Ran:
    """Read the rest of both outputs and wait for the exit."""
    assert process.stdout is not None
    assert process.stderr is not None
    stdout = seen + process.stdout.read()
    stderr = process.stderr.read().decode()
    stream = RunnerStream()
    events = stream.feed(stdout)
    return Ran(process.wait(TIMEOUT_S), events, stream.outcome, stdout, stderr)


def read_until(process: "subprocess.Popen[bytes]", wanted: bytes) -> bytes:
    """Read stdout until `wanted` has come."""
    assert process.stdout is not None
    seen = b""
    while wanted not in seen:
        data = process.stdout.read(65536)
        assert data, f"the stream ended without {wanted!r}: {seen[-500:]!r}"
        seen += data
    return seen
