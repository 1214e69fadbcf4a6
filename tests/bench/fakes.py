"""A scripted device, recorder and locks: for faults and timings that real parts cannot provoke."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from labtui.core.events import BenchEvent
from labtui.core.gates import Gates
from labtui.core.hygiene import Kept
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
    Tool,
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.plan import Plan, PlannedVariant
from labtui.core.presets import PRESETS
from labtui.core.protocol import End, Hello, RunnerEvent, Samples, encode_event
from labtui.core.readings import Reading
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceBusy, DeviceGone
from labtui.ports import MIN_PIECE_BYTES, Device, OnProgress, RunnerProcess

HELLO = Hello(1, "fake", "1", "none", "0", 42, mono_ns=1_000, boot_ns=5_000)


def good_run(runs: int = 3) -> list[RunnerEvent]:
    """Return the events of a launch that warms up once and measures `runs` times."""
    return [
        HELLO,
        Samples(0, 10, (900,), is_warmup=True),
        Samples(1, 20, tuple(range(100, 100 + runs)), is_warmup=False),
        End(99, 1, runs, is_stopped=False),
    ]


def lines(*events: RunnerEvent) -> bytes:
    """Return events as a runner would send them."""
    return b"".join(map(encode_event, events))


class FakeProcess:
    """Says its chunks, then ends; a chunk of None waits until it is told to stop."""

    diagnostics = "exit code 9"
    exit_code = 9

    def __init__(self, chunks: list[bytes | None]) -> None:
        self._chunks = list(chunks)
        self._stopped = asyncio.Event()
        self.is_closed = False
        self.error: Exception | None = None

    async def read(self) -> bytes:
        if self.error:
            raise self.error
        if not self._chunks:
            return b""
        chunk = self._chunks.pop(0)
        if chunk is None:
            await self._stopped.wait()
            return await self.read()
        return chunk

    def stop(self) -> None:
        self._stopped.set()


@dataclass
class FakeDevice:
    """Runs a script of launches; each launch is a list of chunks."""

    id: DeviceId
    script: Callable[[LaunchRequest], list[bytes | None]]
    prepare_error: Exception | None = None
    push_error: Exception | None = None
    probe_error: Exception | None = None
    tools: list[Tool | None] = field(default_factory=list)
    pushed: list[Digest] = field(default_factory=list)
    requests: list[LaunchRequest] = field(default_factory=list)
    outputs: bytes = b""
    """What the eval set of every launch writes."""
    outputs_error: Exception | None = None
    hygiene_error: Exception | None = None
    hygiene_log: list[str] = field(default_factory=list)
    dropped: list[LaunchUid] = field(default_factory=list)
    processes: list[FakeProcess] = field(default_factory=list)

    async def prepare(self, tool: Tool | None) -> None:
        if self.prepare_error:
            raise self.prepare_error
        self.tools.append(tool)

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        if self.push_error:
            raise self.push_error
        on_progress(5, 10)
        self.pushed.append(digest)
        return True

    @asynccontextmanager
    async def launch(self, request: LaunchRequest) -> AsyncIterator[RunnerProcess]:
        self.requests.append(request)
        process = FakeProcess(self.script(request))
        self.processes.append(process)
        try:
            yield process
        finally:
            process.is_closed = True

    async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        if self.outputs_error:
            raise self.outputs_error
        return self.outputs[offset : offset + MIN_PIECE_BYTES]

    async def drop_outputs(self, launch: LaunchUid) -> None:
        self.dropped.append(launch)

    @asynccontextmanager
    async def hygiene(self) -> AsyncIterator[tuple[Kept, ...]]:
        if self.hygiene_error:
            raise self.hygiene_error
        self.hygiene_log.append(f"apply after {len(self.pushed)} pushes")
        try:
            yield (Kept("system/screen_brightness", "10"),)
        finally:
            self.hygiene_log.append(f"restore after {len(self.requests)} launches")

    async def read_state(self) -> Reading:
        return Reading(boot_ns=6_000)

    async def probe(self) -> None:
        if self.probe_error:
            raise self.probe_error


class FakeBus:
    """Knows its devices."""

    trouble = ""

    def __init__(self, *devices: FakeDevice) -> None:
        self._devices = {d.id: d for d in devices}

    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        yield tuple(map(snapshot, self._devices))

    def device(self, device: DeviceId) -> Device:
        if device not in self._devices:
            raise DeviceGone(f"{device} is not on the bench.")
        return self._devices[device]

    async def close(self) -> None:
        pass


class ListRecorder:
    """Keeps events in a list."""

    trouble = ""

    def __init__(self) -> None:
        self.events: list[BenchEvent] = []
        self.flushes = 0

    def record(self, event: BenchEvent) -> None:
        self.events.append(event)

    async def flush(self) -> None:
        self.flushes += 1


class FakeLocks:
    """Refuses the devices it is told to."""

    def __init__(self, *busy: DeviceId) -> None:
        self._busy = set(busy)

    @contextmanager
    def hold(self, device: DeviceId) -> Iterator[None]:
        if device in self._busy:
            raise DeviceBusy(f"{device} is held by another labtui.")
        yield


class FakeClock:
    """Each look at it is a millisecond later."""

    def __init__(self) -> None:
        self._us = 1_700_000_000_000_000

    def monotonic_s(self) -> float:
        return self.unix_us() / 1e6

    def unix_us(self) -> int:
        self._us += 1_000
        return self._us


def snapshot(device: DeviceId) -> DeviceSnapshot:
    """Return a ready phone."""
    transport = Transport(device, TransportKind.USB, DeviceState.READY)
    return DeviceSnapshot(device, Platform.ANDROID, DeviceState.READY, (transport,))


def variant(name: str) -> Variant:
    """Return a variant that is only a name."""
    digest = Digest(name * 64)
    return Variant(f"{name}.tflite", name, "", VariantFormat.TFLITE, digest, 10, (), (), (), (), 0)


def a_plan(devices: list[DeviceId], variants: str = "a", preset: str = "article") -> Plan:
    """Return a plan of the preset's launches that waits for nothing."""
    planned = tuple(PlannedVariant(variant(name), EngineOptions()) for name in variants)
    unhindered = replace(PRESETS[preset], gates=Gates(wait_s=0.0))
    return Plan("test", planned, tuple(devices), unhindered)
