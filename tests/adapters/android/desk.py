"""One virtual phone behind a real adb server, and labtui's view of it."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.server import AndroidConfig
from labtui.core.model import Digest, EngineOptions, LaunchUid
from labtui.core.protocol import Measure, RunnerEvent, RunnerStream, Samples, WarmUp
from labtui.core.request import LaunchRequest
from labtui.ports import RunnerProcess
from labtui.virtual.bench import VirtualBench
from labtui.virtual.phone import VirtualPhone
from tests.adapters.android.real_adb import BUNDLED_ADB
from tests.adapters.android.waiting import all_ready, watching
from tests.tiny_tflite import fully_connected

MIB = 1 << 20


@dataclass
class Desk:
    """One virtual phone, and labtui's view of it."""

    bench: VirtualBench
    bus: AndroidBus
    device: AndroidDevice

    @property
    def phone(self) -> VirtualPhone:
        return self.bench.phones[0]


@contextlib.asynccontextmanager
async def desk_with(
    *profiles: str, adb: str = BUNDLED_ADB, engines: EngineShelf | None = None
) -> AsyncIterator[Desk]:
    async with VirtualBench(profiles or ["pixel-7-pro"], adb_path=Path(adb)) as bench:
        config = AndroidConfig(port=bench.adb_port, may_start_server=False)
        async with watching(config, engines) as bus:
            found = await all_ready(bus, len(bench.phones))
            yield Desk(bench, bus, bus.device(found[0].id))


def a_file(folder: Path, content: bytes, name: str = "x.tflite") -> tuple[Path, Digest]:
    path = folder / name
    path.write_bytes(content)
    return path, Digest(hashlib.sha256(content).hexdigest())


def a_request(digest: Digest, *, seconds: float = 0.2) -> LaunchRequest:
    return LaunchRequest(
        LaunchUid("01J0"), digest, EngineOptions(), 1,
        WarmUp(min_runs=1, max_runs=1, max_s=1.0), Measure(seconds=seconds), rate_hz=20.0,
    )  # fmt: skip


def ignore(_sent: int, _total: int) -> None:
    pass


async def pushed(desk: Desk, folder: Path) -> Digest:
    path, digest = a_file(folder, fully_connected())
    await desk.device.push(path, digest, ignore)
    return digest


async def events_of(process: RunnerProcess) -> list[RunnerEvent]:
    stream, events = RunnerStream(), []
    while data := await process.read():
        events += stream.feed(data)
    return events


async def until_samples(process: RunnerProcess) -> None:
    stream = RunnerStream()
    while data := await process.read():
        if any(isinstance(event, Samples) for event in stream.feed(data)):
            return
    raise AssertionError(process.diagnostics)
