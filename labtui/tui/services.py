"""What the screens need from the world; the command line builds it, tests build a scripted one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labtui.core.budget import Budget
from labtui.core.evalset import EvalSet
from labtui.core.events import BenchEvent, Outcome
from labtui.core.model import DeviceSnapshot, SessionUid
from labtui.core.plan import Plan
from labtui.ports import DeviceBus, History, ModelInspector, Recorder


class BenchRunner(Protocol):
    """Runs plans."""

    async def run(
        self,
        plan: Plan,
        devices: Sequence[DeviceSnapshot],
        observe: Callable[[BenchEvent], None],
    ) -> Outcome:
        """Run a plan to its end; every event goes to `observe` as it happens."""
        ...

    def stop(self) -> None:
        """Stop every device within 2 s."""
        ...


class EvalSets(Protocol):
    """Eval sets in folders. Blocking: their files are read and checked."""

    def assign(self, plan: Plan, folder: Path | None) -> Plan:
        """Return a plan whose variants are checked where that can be, and scored on a set if given.

        Raises UsageError for a set that cannot be used.
        """
        ...

    def labels(self, eval_set: EvalSet) -> tuple[int, ...]:
        """Return the labels of the items. Raises UsageError when they are not there any more."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the app works with, once it is open."""

    bus: DeviceBus
    bench: BenchRunner
    history: History
    inspector: ModelInspector
    recorder: Recorder
    eval_sets: EvalSets
    export: Callable[[SessionUid, Path], Path]
    """Writes a session as CSV files into a folder and returns the path written; blocking."""


@dataclass(frozen=True, slots=True)
class Startup:
    """What is known before anything is open: enough for the first paint."""

    open: Callable[[], AbstractAsyncContextManager[Services]]
    """Opens everything, after the first paint; closed when the app ends, however it ends."""
    variant_paths: tuple[Path, ...] = ()
    """Model files to choose from."""
    is_virtual: bool = False
    """All phones are simulated."""
    limit: Budget | None = None
    """What an inference may take."""
    eval_folder: Path | None = None
    """The eval set to score on, until another one is chosen."""
    eval_items: int | None = None
    """How many of its items; None = all."""
    eval_folders: tuple[Path, ...] = ()
    """Eval sets to choose from."""
