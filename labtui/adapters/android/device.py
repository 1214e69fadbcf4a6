"""An Android phone that can work."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from labtui.adapters.android.benchmark_flags import ToolJob
from labtui.adapters.android.benchmark_model import BenchmarkModelRunner, benchmark_model
from labtui.adapters.android.elf import is_64_bit
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.hygiene import Housekeeper
from labtui.adapters.android.install import Installation, Placed, Stock
from labtui.adapters.android.journal import Journal
from labtui.adapters.android.launch import AndroidRunner, started
from labtui.adapters.android.outputs import drop_outputs, read_outputs
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.program import Call
from labtui.adapters.android.push import Parcel
from labtui.adapters.android.shelf import FOLDER, outputs, raw_file, variant_path
from labtui.adapters.android.smartsocket import Route
from labtui.adapters.android.vitals import STATE_SCRIPT, parse_state
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, Digest, EngineOptions, LaunchUid, Tool
from labtui.core.protocol import EvalJob, Job, encode_job
from labtui.core.readings import Reading
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceError
from labtui.ports import OnProgress, RunnerProcess


class AndroidDevice:
    """Implements `labtui.ports.Device`; survives that its phone comes back on another transport."""

    def __init__(
        self,
        device: DeviceId,
        phone: Callable[[], Phone],
        engines: EngineShelf | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._id = device
        self._phone = phone
        self._variants: dict[Digest, str] = {}
        self._stock = Stock()
        self._installation = Installation(self._stock, engines)
        self._housekeeper = Housekeeper(device, phone, journal) if journal else None
        self._launches: set[AndroidRunner | BenchmarkModelRunner] = set()
        self._work: list[Route] = []

    @property
    def id(self) -> DeviceId:
        """The identity, the same over all transports."""
        return self._id

    def works_on(self, route: Route) -> bool:
        """Whether a push or a launch is under way there, which nothing should disturb."""
        return route in self._work

    async def prepare(self, tool: Tool | None) -> None:
        """Bring runner and engine, or a tool; see `labtui.ports.Device.prepare`."""
        with self._working() as phone:
            if tool is None:
                await self._installation.runner(phone)
            else:
                await self._installation.tool(phone, tool)

    async def install(self) -> tuple[Placed, ...]:
        """Bring runner and engine library, and say what lies where. Raises DeviceError."""
        with self._working() as phone:
            return await self._installation.place(phone)

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        """Bring a file onto the phone; see `labtui.ports.Device.push`."""
        remote = variant_path(digest, local.suffix)
        with self._working() as phone:
            was_sent = await self._stock.bring(phone, Parcel(local, remote, digest), on_progress)
        self._variants[digest] = remote
        return was_sent

    @contextlib.asynccontextmanager
    async def launch(self, request: LaunchRequest) -> AsyncIterator[RunnerProcess]:
        """Start the runner on a pushed variant; see `labtui.ports.Device.launch`."""
        start = self._native if request.tool is None else self._benchmark_model
        with self._working() as phone:
            async with start(phone, request) as process:
                self._launches.add(process)
                try:
                    yield process
                finally:
                    self._launches.discard(process)

    async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        """Return a piece of an output; see `labtui.ports.Device.read_outputs`."""
        return await read_outputs(self._phone(), launch, index, offset)

    async def drop_outputs(self, launch: LaunchUid) -> None:
        """Remove what a launch's eval set has written. Raises DeviceError."""
        await drop_outputs(self._phone(), launch)

    def hygiene(self) -> contextlib.AbstractAsyncContextManager[tuple[Kept, ...]]:
        """Change the phone's settings for a run; see `labtui.ports.Device.hygiene`."""
        if self._housekeeper is None:
            return contextlib.nullcontext(())
        return self._housekeeper.kept()

    async def restore(self) -> tuple[Kept, ...]:
        """Give the phone back what an earlier run has changed. Raises DeviceError."""
        return await self._housekeeper.restore() if self._housekeeper else ()

    async def read_state(self) -> Reading:
        """Return temperatures, status, battery and clocks in one round trip."""
        phone = self._phone()
        return parse_state((await phone.run(STATE_SCRIPT)).stdout)

    async def probe(self) -> None:
        """Return when the phone answers; raises DeviceHung or DeviceGone within 2 s."""
        await self._phone().probe()

    async def close(self) -> None:
        """Stop the runners at work."""
        for process in tuple(self._launches):
            with contextlib.suppress(DeviceError):
                await process.close()

    @contextlib.contextmanager
    def _working(self) -> Iterator[Phone]:
        phone = self._phone()
        self._work.append(phone.route)
        try:
            yield phone
        finally:
            self._work.remove(phone.route)

    @contextlib.asynccontextmanager
    async def _native(self, phone: Phone, request: LaunchRequest) -> AsyncIterator[AndroidRunner]:
        runner, library = await self._installation.runner(phone)
        call = Call(runner, environment=self._environment(phone, request.engine))
        async with started(phone, call, encode_job(self._job(request, library))) as process:
            yield process

    def _job(self, request: LaunchRequest, library: str | None) -> Job:
        return request.job(
            self._variant(request.digest),
            raw_file(request.launch),
            library,
            self._evaluation(request),
        )

    def _evaluation(self, request: LaunchRequest) -> EvalJob | None:
        if request.eval is None:
            return None
        return request.eval.job(self._variant(request.eval.inputs), outputs(request.launch))

    @contextlib.asynccontextmanager
    async def _benchmark_model(
        self, phone: Phone, request: LaunchRequest
    ) -> AsyncIterator[BenchmarkModelRunner]:
        assert request.tool is not None  # noqa: S101 (for the type checker: `launch` has looked)
        job = ToolJob(
            self._installation.tool_path(request.tool),
            self._variant(request.digest),
            request,
            self._environment(phone, request.engine),
            self._installation.engine_folder,
        )
        async with benchmark_model(phone, job) as process:
            yield process

    def _variant(self, digest: Digest) -> str:
        """Return a pushed variant's path, relative to labtui's folder. Raises DeviceError."""
        remote = self._variants.get(digest)
        if remote is None:
            raise DeviceError(f"The variant {digest[:12]} is not on {self._id}: push it.")
        return remote.removeprefix(f"{FOLDER}/")

    def _environment(self, phone: Phone, engine: EngineOptions) -> tuple[tuple[str, str], ...]:
        """Return where libraries are looked for: the engine's own, then drivers if needed.

        The vendor's folder holds the drivers of accelerators (OpenCL, NPU), which a program
        started by adb does not see otherwise. Its libraries may shadow those of the system, so
        that a launch on the CPU does without it. A DSP takes its code from a path of its own.
        """
        if phone.facts.is_virtual:
            return ()
        own, variables = self._installation.engine_folder, []
        drivers = "/vendor/lib64" if is_64_bit(phone.facts.abi) else "/vendor/lib"
        paths = [own, drivers] if engine.accelerator != "cpu" else [own]
        if found := ":".join(filter(None, paths)):
            variables.append(("LD_LIBRARY_PATH", found))
        if own and engine.accelerator == "npu":
            variables.append(("ADSP_LIBRARY_PATH", own))
        return tuple(variables)
