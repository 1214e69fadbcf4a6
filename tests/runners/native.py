"""Runs the native runner as a phone would, and reads its stream with the bench's own reader."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from labtui.core.protocol import Job, encode_job
from tests.hostrunner.launching import Ran, collect, job_for
from tests.runners.builds import built


def litert() -> Path:
    """Return the engine's library on this machine."""
    package = find_spec("ai_edge_litert")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "libLiteRt.so"


def native_job(path: Path, *, library: Path | None = None, **options: Any) -> Job:
    """Return a short job for the file on this machine's LiteRT, or on another library."""
    return replace(job_for(path, **options), library=str(library or litert()))


def limited(limit: str, value: int, target: str = "linux-native") -> list[str]:
    """Return the words that start the runner under a limit of `ulimit`, e.g. `v` and its KiB."""
    return ["sh", "-c", f'ulimit -{limit} {value}; exec "$0"', str(built(target))]


@contextmanager
def native(
    command: Sequence[str] = (), folder: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the runner; leaving the context leaves no process and no open pipe."""
    pipe = subprocess.PIPE
    words = list(command) or [str(built("linux-native"))]
    process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, cwd=folder)
    with process:
        try:
            yield process
        finally:
            process.kill()


def give(process: "subprocess.Popen[bytes]", job: Job | bytes) -> None:
    """Write the job line and hold stdin open, as the bench does."""
    assert process.stdin is not None
    process.stdin.write(job if isinstance(job, bytes) else encode_job(job))


def run_native(job: Job | bytes, command: Sequence[str] = (), folder: Path | None = None) -> Ran:
    """Run a job to its end."""
    with native(command, folder) as process:
        give(process, job)
        return collect(process)
