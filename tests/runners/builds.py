"""Builds native runners for tests, and runs aarch64 ones on other machines."""

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from scripts.runner_builds.cli import ROOT, SOURCE, State, labtui_version, make
from scripts.runner_builds.targets import named

OUT = ROOT / "runners" / "build" / "tests"
"""Apart from what users start and what wheels carry; kept, so that a next run finds it built."""

PROBE = Path(__file__).with_name("probe.c")
PROBED = {
    "version": labtui_version(), "added": 3, "signal": 15, "mapped": 1, "listed": 1, "clock": 1,
    "affinity": 1, "polled": 1, "rounded": 2, "finite": 1, "missing": 1, "errno": 2,
}  # fmt: skip
"""What the probe prints where all is well; `signal` is SIGTERM, `errno` ENOENT."""

_CPU = "neoverse-n1"
"""The processor of the environment's /proc/cpuinfo. With the emulator's `max`, which has more than
that says, LiteRT 2.3.0 computes other int8 results and no error."""


def run_probe(command: Sequence[str]) -> object:
    """Run the probe and return what it printed."""
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    return json.loads(done.stdout)


def built(target: str, source: Path = SOURCE, out: Path = OUT) -> Path:
    """Return the runner built for a target; skip the test if this machine cannot build it."""
    outcome = make(named(target), source, out, labtui_version())
    if outcome.state is State.SKIPPED:
        pytest.skip(f"{target}: {outcome.reason}")
    assert outcome.state is not State.FAILED, outcome.reason
    return Path(outcome.path)


def aarch64_command(program: Path, *words: str, library_path: Path | None = None) -> list[str]:
    """Return the words that run an aarch64 Linux program here; skip the test if nothing does."""
    sysroot = str(_aarch64_folder() / "sysroot")
    search = ["-E", f"LD_LIBRARY_PATH={library_path}"] if library_path else []
    return ["qemu-aarch64", "-cpu", _CPU, "-L", sysroot, *search, str(program), *words]


def aarch64_engine() -> Path:
    """Return LiteRT's library for aarch64 Linux; skip the test if it cannot be had."""
    return _aarch64_folder() / "libLiteRt.so"


def _aarch64_folder() -> Path:
    folder, reason = _prepare_aarch64()
    if folder is None:
        pytest.skip(f"aarch64: {reason}")
    return folder


@cache
def _prepare_aarch64() -> tuple[Path | None, str]:
    command = [sys.executable, str(ROOT / "scripts" / "runner_aarch64_env")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=320, check=False)
    if done.returncode != 0:
        return None, done.stderr.strip().rpartition("\n")[2]
    return Path(done.stdout.strip()), ""
