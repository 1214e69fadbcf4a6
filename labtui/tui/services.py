"""What the screens need from the world; the command line builds it, tests build a scripted one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the app works with, once it is open."""

    bus: DeviceBus
    bench: BenchRunner
    history: History
    inspector: ModelInspector
    recorder: Recorder
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
