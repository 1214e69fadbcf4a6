"""An iPhone that can work."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from labtui.adapters.ios.launch import BootClock, IosRunner, started
from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.opening import open_runner
from labtui.adapters.ios.outputs import drop_outputs, make_place, read_outputs
from labtui.adapters.ios.phone import Phone
from labtui.adapters.ios.push import Parcel, deliver
from labtui.adapters.ios.runner_link import RunnerLink
from labtui.adapters.ios.shelf import in_jobs, outputs, raw_file, variant_path
from labtui.adapters.ios.vitals import parse_battery
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, Digest, LaunchUid, Tool
from labtui.core.protocol import EvalJob, encode_job
from labtui.core.readings import Reading
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceError, UsageError
from labtui.ports import OnProgress

BATTERY_S = 5.0
"""How long a reading stays good: the phone's own figure changes far more slowly."""


class IosDevice:
    """Implements `labtui.ports.Device`; survives that its phone is plugged in anew."""

    def __init__(self, device: DeviceId, phone: Callable[[], Phone]) -> None:
        self._id = device
        self._phone = phone
        self._clock = BootClock()
        self._variants: dict[Digest, str] = {}
        self._runners: set[IosRunner] = set()
        self._reading: tuple[float, Reading] | None = None
        """When it was taken, on this computer's clock, and what it says."""
        self._works = 0

    @property
    def id(self) -> DeviceId:
        """The identity."""
        return self._id

    @property
    def is_busy(self) -> bool:
        """Whether a push or a launch is under way, which nothing should disturb."""
        return self._works > 0

    async def prepare(self, tool: Tool | None) -> None:
        """Wait until the runner app is open. Raises UsageError for a tool, DeviceError."""
        if tool is not None:
            raise UsageError("benchmark_model runs on Android only.")
        with self._working() as phone:
            await (await open_runner(phone)).close()

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        """Bring a file or folder onto the phone; see `labtui.ports.Device.push`."""
        remote = variant_path(digest, local.suffix)
        with self._working() as phone:
            keep = frozenset((*self._variants.values(), remote))
            parcel = Parcel(local, remote, digest)
            was_sent = await deliver(RunnerLink(phone), parcel, keep, on_progress)
        self._variants[digest] = remote
        return was_sent

    @contextlib.asynccontextmanager
    async def launch(self, request: LaunchRequest) -> AsyncIterator[IosRunner]:
        """Start the runner on a pushed variant; see `labtui.ports.Device.launch`."""
        job = request.job(
            self._variant(request.digest),
            raw_file(request.launch),
            evaluation=self._evaluation(request),
        )
        with self._working() as phone:
            if request.eval is not None:
                await make_place(phone, request.launch)
            async with started(phone, RunnerLink(phone), encode_job(job), self._clock) as runner:
                self._runners.add(runner)
                try:
                    yield runner
                finally:
                    self._runners.discard(runner)

    async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        """Return a piece of an output; see `labtui.ports.Device.read_outputs`."""
        return await read_outputs(self._phone(), launch, index, offset)

    async def drop_outputs(self, _launch: LaunchUid) -> None:
        """Remove what the last launch's eval set has written. Raises DeviceError."""
        await drop_outputs(self._phone())

    def hygiene(self) -> contextlib.AbstractAsyncContextManager[tuple[Kept, ...]]:
        """Change nothing: an iPhone lets nobody but its owner set it."""
        return contextlib.nullcontext(())

    async def read_state(self) -> Reading:
        """Return the battery's temperature and charge, at most BATTERY_S old."""
        now_s = time.monotonic()
        if self._reading is None or now_s - self._reading[0] >= BATTERY_S:
            answer = await self._phone().ask(Op.BATTERY)
            self._reading = now_s, parse_battery(answer, self._clock.now_ns())
        return self._reading[1]

    async def probe(self) -> None:
        """Return when the phone answers; raises DeviceHung or DeviceGone within 2 s."""
        await self._phone().probe()

    async def close(self) -> None:
        """Hang up on the runners at work."""
        for runner in tuple(self._runners):
            await runner.close()

    @contextlib.contextmanager
    def _working(self) -> Iterator[Phone]:
        phone = self._phone()
        self._works += 1
        try:
            yield phone
        finally:
            self._works -= 1

    def _evaluation(self, request: LaunchRequest) -> EvalJob | None:
        if request.eval is None:
            return None
        return request.eval.job(
            self._variant(request.eval.inputs), in_jobs(outputs(request.launch))
        )

    def _variant(self, digest: Digest) -> str:
        """Return a pushed variant's path as jobs name it. Raises DeviceError."""
        remote = self._variants.get(digest)
        if remote is None:
            raise DeviceError(f"The variant {digest[:12]} is not on {self._id}: push it.")
        return in_jobs(remote)
