"""Keeps the runner's threads on the CPUs that the job names."""

import os
import sys
from pathlib import Path

from labtui.failure import FailureCode
from labtui.hostrunner.engine import RunnerFailure

_THREADS = Path("/proc/self/task")


def keep_to_cpus(mask: int) -> None:
    """Restrict every thread there is, and with them all that they start, to the CPUs of `mask`.

    Raises RunnerFailure when this computer has none of them, or its system cannot do it.
    """
    if sys.platform != "linux":
        raise RunnerFailure(
            FailureCode.BAD_JOB, f"{sys.platform} cannot keep a program to CPUs: leave affinity out"
        )
    cpus = {number for number in range(mask.bit_length()) if mask >> number & 1}
    try:
        for thread_id in _thread_ids():
            os.sched_setaffinity(thread_id, cpus)
    except OSError as error:
        raise RunnerFailure(
            FailureCode.BAD_JOB, f"the affinity {mask:#x} names no CPU of this computer"
        ) from error


def _thread_ids() -> list[int]:
    try:
        return [int(thread.name) for thread in _THREADS.iterdir()]
    except OSError:  # no /proc here: at least the thread that starts the engine's
        return [0]
