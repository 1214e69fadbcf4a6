"""The runner that virtual phones execute: the native one, else the Python reference."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import labtui
from labtui.resources import data
from labtui.virtual.engine.build import (
    LIBRARY,
    EngineKind,
    EngineNotBuilt,
    built_engines,
    real_engine,
)
from labtui.virtual.program_faults import SHORT_MEMORY_BYTES, ProgramFaults

RUNNER_NAME = "labtui-runner"
NATIVE_VARIABLE = "LABTUI_NATIVE_RUNNER"
"""Names the native runner to use; empty = none."""
PACE_VARIABLE = "LABTUI_PACE"
ENGINE_FAULT_VARIABLE = "LABTUI_ENGINE_FAULT"
MEMORY_VARIABLE = "LABTUI_MEMORY_LEFT"
_PACKAGE_PARENT = Path(labtui.__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Start:
    """How to start one runner."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    kept_fds: tuple[int, ...] = ()


class PhoneRunner(Protocol):
    """A program that carries out jobs on virtual phones."""

    @property
    def name(self) -> str:
        """`native` or `reference`."""
        ...

    @property
    def reason(self) -> str:
        """What it is, or why it is this one."""
        ...

    def start(self, pace: Path, lifeline_fd: int, faults: ProgramFaults) -> Start:
        """Return how to start it; `lifeline_fd` closes when the bench is gone."""
        ...

    def library(self, kind: EngineKind) -> Path | None:
        """Return what a job names as the engine's library; None = nothing."""
        ...


@dataclass(frozen=True, slots=True)
class NativeRunner:
    """The C program that phones execute too, built for this computer.

    It needs no lifeline: it ends with its stdin.
    """

    program: Path
    engines: Path
    """Holds a folder for each EngineKind."""
    real_engine: Path

    @property
    def name(self) -> str:
        """`native`."""
        return "native"

    @property
    def reason(self) -> str:
        """Where it lies."""
        return str(self.program)

    def start(self, pace: Path, _lifeline_fd: int, faults: ProgramFaults) -> Start:
        """Return how to start it."""
        environment = {"LD_LIBRARY_PATH": str(self.real_engine.parent)}
        return Start((str(self.program),), _environment(pace, faults) | environment)

    def library(self, kind: EngineKind) -> Path:
        """Return the stand-in for an engine."""
        return self.engines / kind / LIBRARY


@dataclass(frozen=True, slots=True)
class ReferenceRunner:
    """`labtui.hostrunner` at a phone's speed."""

    reason: str

    @property
    def name(self) -> str:
        """`reference`."""
        return "reference"

    def start(self, pace: Path, lifeline_fd: int, faults: ProgramFaults) -> Start:
        """Return how to start it."""
        # -P: a pushed file called like a module must not be imported from the working directory.
        argv = (sys.executable, "-P", "-m", "labtui.virtual.runner", str(lifeline_fd))
        environment = {"PYTHONPATH": str(_PACKAGE_PARENT)}
        if faults.engine is not EngineKind.PACED:
            environment[ENGINE_FAULT_VARIABLE] = faults.engine
        return Start(argv, _environment(pace, faults) | environment, (lifeline_fd,))

    def library(self, kind: EngineKind) -> Path | None:
        """Return nothing for its own engine: it has no other, and says so."""
        return None if kind in (EngineKind.PACED, EngineKind.STUCK) else Path(LIBRARY)


def find_runner() -> PhoneRunner:
    """Return the native runner where there is one with an engine, else the reference."""
    program = _native_program()
    if not program.is_file():
        where = f"there is no {program}" if program.name else f"{NATIVE_VARIABLE} is empty"
        return ReferenceRunner(f"{where}: scripts/build_runners builds the native runner")
    try:
        engine = real_engine()
        return NativeRunner(program, built_engines(program.parent), engine)
    except EngineNotBuilt as error:
        return ReferenceRunner(f"the native runner has no engine: {error}")


def _native_program() -> Path:
    chosen = os.environ.get(NATIVE_VARIABLE)
    if chosen is not None:
        return Path(chosen)
    system = f"{platform.system()}-{platform.machine()}".lower()
    return data("runners") / "build" / system / RUNNER_NAME


def _environment(pace: Path, faults: ProgramFaults) -> dict[str, str]:
    memory = {MEMORY_VARIABLE: str(SHORT_MEMORY_BYTES)} if faults.is_memory_short else {}
    return os.environ | {PACE_VARIABLE: str(pace)} | memory
