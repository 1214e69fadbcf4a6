"""The reference runner, slowed down to the phone's speed: what phones run without a native one."""

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, Engine, OutputTensor, RunnerFailure
from labtui.hostrunner.engines import open_engine
from labtui.hostrunner.main import claim_stdout
from labtui.hostrunner.serve import serve
from labtui.virtual.engine.build import EngineKind
from labtui.virtual.pace import PaceFile
from labtui.virtual.runners import ENGINE_FAULT_VARIABLE, MEMORY_VARIABLE, PACE_VARIABLE

_SPIN_NS = 80_000
"""Sleeping is this imprecise; the rest of the wait is spent spinning."""
_GRACE_S = 2.0


class PacedEngine:
    """Runs real inferences, and stretches each to what it would take on the phone.

    An inference lasts its own CPU time x the phone's factor, however busy the host is, so several
    phones can share a core as long as together they ask for less than one.
    """

    def __init__(self, engine: Engine, pace: PaceFile, *, is_stuck: bool = False) -> None:
        """Take an engine; a stuck one goes on saying what it computed first."""
        self._engine = engine
        self._pace = pace
        self._is_stuck = is_stuck
        self._has_run = False

    @property
    def name(self) -> str:
        """The engine's package."""
        return self._engine.name

    @property
    def version(self) -> str:
        """The package's version."""
        return self._engine.version

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What the loaded variant takes."""
        return self._engine.inputs

    def load(self, path: Path, options: EngineOptions) -> None:
        """Make the variant ready to run. Raises RunnerFailure."""
        self._engine.load(path, options)

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        """Choose what each `infer` is given."""
        self._engine.set_inputs(arrays)

    def outputs(self) -> tuple[OutputTensor, ...]:
        """Return what the last `infer` read back."""
        return self._engine.outputs()

    def placement(self) -> Placement:
        """Return which ops run where."""
        return self._engine.placement()

    def infer(self) -> None:
        """Run once, then wait until the phone would have been done."""
        start_ns, cpu_start_ns = time.monotonic_ns(), time.thread_time_ns()
        if not (self._is_stuck and self._has_run):
            self._engine.infer()
        self._has_run = True
        cpu_ns = time.thread_time_ns() - cpu_start_ns
        simulated_ns = int(cpu_ns * self._pace.factor)
        _wait_until(start_ns + simulated_ns)
        self._pace.busy_ns += simulated_ns


def _wait_until(deadline_ns: int) -> None:
    left_ns = deadline_ns - time.monotonic_ns() - _SPIN_NS
    if left_ns > 0:
        time.sleep(left_ns / 1e9)
    while time.monotonic_ns() < deadline_ns:
        pass


def _watch_lifeline(descriptor: int) -> None:
    """End this process when the bench is gone, even if it had no time to say so."""
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(_GRACE_S)
    os._exit(1)


def main(lifeline_fd: str) -> int:
    """Run one job; return the exit code of runners/PROTOCOL.md."""
    threading.Thread(target=_watch_lifeline, args=(int(lifeline_fd),), daemon=True).start()
    return serve(0, claim_stdout(), _open_engine, read_clocks=lambda: ())


def _open_engine(variant: Path) -> PacedEngine:
    """Return the phone's engine, which may be broken. Raises RunnerFailure."""
    fault = os.environ.get(ENGINE_FAULT_VARIABLE)
    is_stuck = fault == EngineKind.STUCK
    if fault is not None and not is_stuck:
        raise RunnerFailure(FailureCode(f"engine_{fault}"), "this virtual phone's engine is broken")
    pace = PaceFile(Path(os.environ[PACE_VARIABLE]))
    engine = PacedEngine(open_engine(variant), pace, is_stuck=is_stuck)
    if left_bytes := os.environ.get(MEMORY_VARIABLE):
        _limit_memory(int(left_bytes))
    return engine


def _limit_memory(left_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + left_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
