"""What checks are made on: the runner's command, models to play with, a folder to write in."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from labtui.conformance.child import RunnerChild
from labtui.conformance.played import Played
from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import End, Job, Measure, WarmUp, encode_job

DOUBLE = "double.fp32.tflite"
"""y = x + x; float32 of the shape (1, 2, 2, 3)."""
COPY = "copy.full8.tflite"
"""y = x; int8 of the shape (1, 8), in steps of 0.5 around 3."""

LAUNCH_LIMIT_S = 30.0
NO_WARMUP = WarmUp(min_runs=0, max_runs=0)
FIVE_WARMUP = WarmUp(min_runs=5, max_runs=5)
FOR_EVER = Measure(seconds=86_400.0)


class Violated(Exception):
    """The runner broke a rule so that the check cannot go on."""


class Skipped(Exception):
    """The check does not apply to this runner or this computer."""


@dataclass
class Desk:
    """Plays jobs; the same job is played once, however many checks look at it."""

    command: Sequence[str]
    models: Path
    folder: Path
    """Scratch, for raw files and outputs."""
    _played: dict[Job, Played] = field(default_factory=dict)

    def job(self, model: str = DOUBLE, **changes: Any) -> Job:
        """Return a short job for one of the models: five to warm up, twenty measured."""
        path = self.models / model
        job = Job(
            variant=str(path),
            sha256=digest_of(path),
            engine=EngineOptions(),
            seed=7,
            warmup=FIVE_WARMUP,
            measure=Measure(runs=20),
        )
        return replace(job, **changes)

    def play(self, job: Job) -> Played:
        """Return what the runner makes of a job."""
        if job not in self._played:
            self._played[job] = self.play_line(encode_job(job))
        return self._played[job]

    def play_line(self, line: bytes) -> Played:
        """Return what the runner makes of any first line, with its stdin held open."""
        with RunnerChild(self.command) as child:
            child.send(line)
            return child.finish(LAUNCH_LIMIT_S)

    def done(self, job: Job) -> Played:
        """Return a launch that went well. Raises Violated for any other."""
        played = self.play(job)
        if not isinstance(played.last, End) or played.last.is_stopped or played.exit_code != 0:
            raise Violated(played.ending)
        return played


def lines_of(raw: Path) -> list[bytes]:
    """Return the lines of a raw file. Raises Violated when the runner wrote none."""
    try:
        return raw.read_bytes().splitlines()
    except OSError as error:
        raise Violated(f"the raw file cannot be read: {error.strerror}") from error


def digest_of(path: Path) -> Digest:
    """Return what a file holds."""
    return Digest(sha256(path.read_bytes()).hexdigest())
