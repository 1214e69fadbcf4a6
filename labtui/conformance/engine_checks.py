"""Checks of engine options, and of what a runner says of where ops ran."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from labtui.conformance.child import RunnerChild
from labtui.conformance.desk import FOR_EVER, LAUNCH_LIMIT_S, NO_WARMUP, Desk, Skipped, Violated
from labtui.core.model import EngineOptions
from labtui.core.placement import Placement
from labtui.core.protocol import Hello, RunnerError, encode_job
from labtui.failure import FailureCode


def placement(desk: Desk) -> Iterator[str]:
    """Yield a placement that is not of the accelerator asked for."""
    for placed in desk.done(desk.job()).all(Placement):
        if placed.asked != "cpu":
            yield f"asked is {placed.asked!r}, the job asked for 'cpu'"
        for part in placed.parts:
            if not part.unit:
                yield "a part without a unit"


def without_xnnpack(desk: Desk) -> Iterator[str]:
    """Yield XNNPACK in the placement of a job that turned it off."""
    job = desk.job(engine=EngineOptions(xnnpack=False))
    last = desk.play(job).last
    if isinstance(last, RunnerError) and last.code is FailureCode.ENGINE_TOO_OLD:
        raise Skipped(last.text)
    parts = [part for placed in desk.done(job).all(Placement) for part in placed.parts]
    if not parts:
        raise Skipped("the engine does not say where ops ran")
    if any("XNNPACK" in part.delegate.upper() for part in parts):
        yield "ops ran through XNNPACK, which the job turned off"


def more_threads(desk: Desk) -> Iterator[str]:
    """Yield how a launch on four threads ended, if not well."""
    played = desk.done(desk.job(engine=EngineOptions(threads=4)))
    if played.broken_rule:
        yield played.broken_rule


def affinity(desk: Desk) -> Iterator[str]:
    """Yield threads that may use other CPUs than the job's.

    Raises Skipped where that cannot be seen.
    """
    if sys.platform != "linux":
        raise Skipped("only Linux shows which CPUs a thread may use")
    cpu = min(os.sched_getaffinity(0))
    job = desk.job(engine=EngineOptions(affinity=1 << cpu), warmup=NO_WARMUP, measure=FOR_EVER)
    with RunnerChild(desk.command) as child:
        child.send(encode_job(job))
        is_running = child.watch(lambda: child.has_said(b'"samples"'), LAUNCH_LIMIT_S)
        allowed = _allowed_cpus(child.pid)
        child.close_stdin()
        played = child.finish(LAUNCH_LIMIT_S)
    if not is_running:
        raise Violated(played.ending)
    if [hello.pid for hello in played.all(Hello)] != [child.pid]:
        raise Skipped("the command starts the runner as another process, whose threads are unseen")
    for thread, cpus in allowed.items():
        if cpus != {cpu}:
            yield f"thread {thread} may use the CPUs {sorted(cpus)}, the job names {cpu} alone"


def _allowed_cpus(pid: int) -> dict[str, set[int]]:
    """Return the CPUs of each thread of a process."""
    allowed = {}
    for task in sorted(Path(f"/proc/{pid}/task").glob("*")):
        try:
            allowed[task.name] = os.sched_getaffinity(int(task.name))
        except OSError:
            continue  # the thread has ended
    return allowed
