"""Runs one conversion in a process of its own, with limits on its memory and time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""One thread each: the same bytes on every machine, and no two pools fighting for the cores."""
_POLL_S = 0.5
_LOG_TAIL_CHARS = 300


@dataclass(frozen=True, slots=True)
class Limits:
    """What one conversion may take."""

    memory_gb: float = 8.0
    time_s: float = 1800.0


def run(arguments: Sequence[str], log: Path, limits: Limits, cwd: Path) -> str:
    """Run a Python module with its output in `log`; returns why it was ended, empty if it did well.

    Memory is watched, not limited by the kernel: address space, which could be, says nothing of
    what libraries that map files really use.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-P", "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=os.environ | _ENVIRONMENT | {"PYTHONPATH": str(cwd)},
            start_new_session=True,
        ) as child,
    ):
        try:
            cause = _watch(child, limits)
        finally:
            _end(child)
    return cause or _died(child.returncode, log)


def _watch(child: "subprocess.Popen[bytes]", limits: Limits) -> str:
    """Wait for the end of the child; returns which limit it broke."""
    deadline = time.monotonic() + limits.time_s
    while child.poll() is None:
        if time.monotonic() > deadline:
            return f"took longer than {limits.time_s:.0f} s"
        if rss_bytes(child.pid) > limits.memory_gb * 1e9:
            return f"took more than {limits.memory_gb:g} GB of memory"
        time.sleep(_POLL_S)
    return ""


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Kill the child, if it lives, and what it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _died(status: int, log: Path) -> str:
    if status == 0:
        return ""
    tail = log.read_text(errors="replace")[-_LOG_TAIL_CHARS:]
    return f"ended with status {status}: {' '.join(tail.split())}"


def rss_bytes(pid: int) -> int:
    """Return the resident memory of a process; 0 when it is gone."""
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return 1024 * int(shown.stdout.strip() or 0)
