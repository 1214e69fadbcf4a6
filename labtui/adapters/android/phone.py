"""One phone as the work on it sees it: its route, its limits, and its failures in words."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from labtui.adapters.android.shell import Completed, run
from labtui.adapters.android.smartsocket import (
    NotAdb,
    Route,
    ServiceRefused,
    Silent,
    SmartSocketError,
    open_service,
)
from labtui.core.model import DeviceFacts
from labtui.core.text import clean
from labtui.errors import DeviceError, DeviceGone, DeviceHung

SILENCE_S = 1.0
"""Quiet time during work after which the phone is asked whether it is still there."""
STALL_S = 120.0
"""Longest a phone that still answers may spend on one step, e.g. on a digest of 4 GB."""

_T = TypeVar("_T")


async def probe(route: Route) -> None:
    """Return when the phone's adbd answers; starts no process there. Raises SmartSocketError."""
    async with await open_service(route, "sync:"):
        return


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that was ready a moment ago."""

    route: Route
    facts: DeviceFacts
    on_hung: Callable[[], None] = lambda: None
    """Called when it turns out that the phone does not answer."""

    async def run(self, script: str) -> Completed:
        """Run a script on the phone. Raises DeviceError."""
        return await self.guarded(run(self.route, script, STALL_S))

    async def check(self, script: str, doing: str) -> str:
        """Run a script that must succeed and return its stdout. Raises DeviceError."""
        return (await self.completed(script, doing)).stdout

    async def completed(self, script: str, doing: str) -> Completed:
        """Run a script that must succeed. Raises DeviceError."""
        done = await self.run(script)
        if done.exit_code != 0:
            said = clean(done.stderr.strip().replace("\n", " "), 200) or "no reason given"
            raise DeviceError(f"{self.facts.name} failed at {doing}: {said}.")
        return done

    async def probe(self) -> None:
        """Return when the phone answers. Raises DeviceHung or DeviceGone within 2 s or so."""
        with self.speaking():
            await probe(self.route)

    async def guarded(
        self, work: Coroutine[Any, Any, _T], progress: Callable[[], int] = lambda: 0
    ) -> _T:
        """Do work with the phone; whenever it makes no progress for long, probe the phone.

        Raises DeviceHung within 5 s of silence, DeviceGone, other DeviceErrors.
        """
        task = asyncio.ensure_future(work)
        try:
            with self.speaking():
                await self.watch_over(task, progress)
                return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def watch_over(
        self, task: asyncio.Task[Any], progress: Callable[[], int] = lambda: 0
    ) -> None:
        """Return once the task is done, whatever came of it. Raises SmartSocketError."""
        while not task.done():
            before = progress()
            await asyncio.wait({task}, timeout=SILENCE_S)
            if not task.done() and progress() == before:
                await probe(self.route)

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Say what went wrong on the way to the phone in a user's words."""
        try:
            yield
        except Silent as error:
            self.on_hung()
            raise DeviceHung(
                f"{self.facts.name} has stopped answering: unlock it, replug its cable, or "
                "restart it."
            ) from error
        except ServiceRefused as error:
            raise DeviceGone(f"{self.facts.name} cannot be reached: adb says {error}.") from error
        except NotAdb as error:
            raise DeviceError(f"{self.facts.name} breaks the rules of adb: {error}.") from error
        except SmartSocketError as error:
            raise DeviceGone(
                f"{self.facts.name} has left the bench (its cable, a reboot, or the adb server): "
                "plug it in again."
            ) from error
