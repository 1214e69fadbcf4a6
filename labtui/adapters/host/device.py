"""This computer as a device of the bench."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from labtui.adapters.host.outputs import OutputFolder
from labtui.adapters.host.process import HostRunner, host_runner
from labtui.adapters.host.readings import host_reading
from labtui.adapters.host.shelf import Shelf
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, Digest, LaunchUid, Tool
from labtui.core.protocol import Job
from labtui.core.readings import Reading
from labtui.core.request import LaunchRequest
from labtui.errors import UsageError
from labtui.hostrunner.content import content_bytes
from labtui.ports import OnProgress

_PROGRESS_S = 0.2


class HostDevice:
    """Implements `labtui.ports.Device` with child processes and the file system."""

    def __init__(self, device: DeviceId, folder: Path) -> None:
        self._id = device
        self._folder = folder
        self._shelf = Shelf(folder / "variants")
        self._outputs = OutputFolder(folder / "outputs")
        self._runners: set[HostRunner] = set()

    @property
    def id(self) -> DeviceId:
        """The identity."""
        return self._id

    async def prepare(self, tool: Tool | None) -> None:
        """Return: the runner and its engine come with labtui. Raises UsageError for a tool."""
        if tool is not None:
            raise UsageError("benchmark_model runs on Android only.")

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        """Link or copy a variant onto the shelf, checked. Raises DeviceFull or PushFailed."""
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        total_bytes = await asyncio.to_thread(_size, local)

        def report(done_bytes: int) -> None:
            nonlocal next_s
            if loop.time() >= next_s or done_bytes == total_bytes:
                next_s = loop.time() + _PROGRESS_S
                loop.call_soon_threadsafe(on_progress, done_bytes, total_bytes)

        return await asyncio.to_thread(self._shelf.put, local, digest, report)

    @asynccontextmanager
    async def launch(self, request: LaunchRequest) -> AsyncIterator[HostRunner]:
        """Start the runner; leaving the context leaves no process behind. Raises RunnerFailed."""
        async with host_runner(self._job(request), self._folder) as runner:
            self._runners.add(runner)
            try:
                yield runner
            finally:
                self._runners.discard(runner)

    async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        """Return a piece of an output; see `labtui.ports.Device.read_outputs`."""
        return await asyncio.to_thread(self._outputs.read, launch, index, offset)

    async def drop_outputs(self, launch: LaunchUid) -> None:
        """Remove what a launch's eval set has written."""
        await asyncio.to_thread(self._outputs.drop, launch)

    def hygiene(self) -> AbstractAsyncContextManager[tuple[Kept, ...]]:
        """Change nothing: how this computer is set is its user's business."""
        return nullcontext(())

    async def read_state(self) -> Reading:
        """Return what Linux shows; unknown elsewhere."""
        return await asyncio.to_thread(host_reading)

    async def probe(self) -> None:
        """Return: this computer answers as long as it runs this."""

    def _job(self, request: LaunchRequest) -> Job:
        evaluation = None
        if request.eval is not None:
            inputs = str(self._shelf.path(request.eval.inputs))
            evaluation = request.eval.job(inputs, self._outputs.prefix(request.launch))
        return request.job(str(self._shelf.path(request.digest)), evaluation=evaluation)

    def kill_runners(self) -> None:
        """End all runners at once."""
        for runner in self._runners:
            runner.kill()


def _size(local: Path) -> int:
    """Return the size of what is to be pushed; nothing when it is gone, which pushing will say."""
    try:
        return content_bytes(local)
    except OSError:
        return 0
