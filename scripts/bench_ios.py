"""What many streaming iPhones cost, and how soon one is on the board; Linux only (reads /proc)."""

import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.adapters.ios.bus import IosBus
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.device import IosDevice
from labtui.adapters.ios.usbmux import MuxAddress, track_entries
from labtui.core.model import DeviceSnapshot, DeviceState, Digest, EngineOptions, LaunchUid
from labtui.core.protocol import End, Measure, RunnerStream, Samples, WarmUp
from labtui.core.request import LaunchRequest
from labtui.resources import data
from labtui.virtual.ios.bench import VirtualIphones
from scripts.bench_ios_push import measure_push
from scripts.ios_bench import LIMIT_S, PROFILE, ios_bench

PHONES, RATE_HZ, STREAM_S = 20, 200, 20
RATE_SHARE = 0.95
"""Of what the phones are asked for: they share this computer."""
RSS_MB, CPU_S_PER_MIN = 90.0, 2.0
_READING_S = 5.0
_LIBRARY = "import pymobiledevice3.lockdown, pymobiledevice3.services.house_arrest"

PLUG_ROUNDS, PLUG_S = 9, 1.0


def measure() -> list[dict[str, object]]:
    """Return the rate of a push, the cost of streaming, the time to the board, the imports."""
    return [
        asyncio.run(measure_push()),
        *asyncio.run(_streaming()),
        asyncio.run(_plug()),
        _imports(),
    ]


@dataclass
class _Stream:
    """What has arrived of a launch."""

    count: int = 0
    first_count: int = 0
    first_s: float = 0.0
    last_s: float = 0.0

    def take(self, count: int) -> None:
        self.count, self.last_s = self.count + count, time.perf_counter()
        if not self.first_count:
            self.first_count, self.first_s = count, self.last_s

    @property
    def rate_hz(self) -> float:
        """Samples a second, from the first batch to the last."""
        return (self.count - self.first_count) / (self.last_s - self.first_s)


@dataclass(frozen=True)
class _Worker:
    """What a phone's worker process has used."""

    pid: int
    cpu_s: float
    peak_mb: float


async def _streaming() -> list[dict[str, object]]:
    async with ios_bench(",".join([PROFILE] * PHONES)) as config:
        bus = IosBus(config)
        try:
            bench = await _until(bus, lambda b: len(_ready(b)) == PHONES)
            devices = [bus.device(phone.id) for phone in bench]
            variant = data("runners") / "check" / "double.fp32.tflite"
            digest = Digest(hashlib.sha256(variant.read_bytes()).hexdigest())
            for device in devices:
                await device.push(variant, digest, lambda _sent, _total: None)
            before, started_s = _workers(), time.perf_counter()
            streams = await asyncio.gather(*(_stream(device, digest) for device in devices))
            elapsed_s, after = time.perf_counter() - started_s, _workers()
        finally:
            await bus.close()
    return [_arrived(streams), *_used(before, after, elapsed_s)]


def _arrived(streams: list[_Stream]) -> dict[str, object]:
    sent, arrived = PHONES * RATE_HZ * STREAM_S, sum(stream.count for stream in streams)
    rate_hz = sum(stream.rate_hz for stream in streams)
    target_hz = RATE_SHARE * PHONES * RATE_HZ
    return {
        "name": f"{PHONES} iPhones stream {RATE_HZ} samples/s each",
        "value": round(rate_hz),
        "unit": "samples/s",
        "target": f"> {target_hz:.0f}, none of {sent} lost",
        "ratio_to": "samples sent",
        "ratio": round(arrived / sent, 5),
        "ok": arrived == sent and rate_hz > target_hz,
    }


def _used(
    before: dict[int, _Worker], after: dict[int, _Worker], elapsed_s: float
) -> list[dict[str, object]]:
    peak_mb = max(worker.peak_mb for worker in after.values())
    cpu_s = max(after[pid].cpu_s - before[pid].cpu_s for pid in before) * 60 / elapsed_s
    import_mb = _import_mb()
    return [
        {
            "name": f"largest of {len(after)} workers, peak",
            "value": round(peak_mb, 1),
            "unit": "MB",
            "target": f"< {RSS_MB:.0f}",
            "ratio_to": "a process that has only imported the library",
            "ratio": round(peak_mb / import_mb, 2),
            "ok": len(after) == PHONES and peak_mb < RSS_MB,
        },
        {
            "name": f"busiest of {len(after)} workers, CPU a minute of streaming",
            "value": round(cpu_s, 2),
            "unit": "s",
            "target": f"< {CPU_S_PER_MIN:.0f}",
            "ratio_to": "one core",
            "ratio": round(cpu_s / 60, 4),
            "ok": before.keys() == after.keys() and cpu_s < CPU_S_PER_MIN,
        },
    ]


async def _stream(device: IosDevice, digest: Digest) -> _Stream:
    """Follow a launch to its end; all it tells is checked."""
    request = LaunchRequest(
        LaunchUid("01BENCH"), digest, EngineOptions(), 1, WarmUp(1, 1),
        Measure(runs=RATE_HZ * STREAM_S), RATE_HZ,
    )  # fmt: skip
    lines, stream = RunnerStream(), _Stream()
    readings = asyncio.create_task(_read_states(device))
    async with device.launch(request) as runner:
        while received := await runner.read():
            for event in lines.feed(received):
                if isinstance(event, Samples) and not event.is_warmup:
                    stream.take(len(event.durations_ns))
    readings.cancel()
    assert isinstance(lines.outcome, End), lines.outcome
    return stream


async def _read_states(device: IosDevice) -> None:
    while True:
        await device.read_state()
        await asyncio.sleep(_READING_S)


def _ready(bench: tuple[DeviceSnapshot, ...]) -> list[DeviceSnapshot]:
    return [phone for phone in bench if phone.state is DeviceState.READY]


async def _until(
    bus: IosBus, condition: Callable[[tuple[DeviceSnapshot, ...]], bool]
) -> tuple[DeviceSnapshot, ...]:
    async with asyncio.timeout(LIMIT_S), aclosing(bus.watch()) as benches:
        async for bench in benches:
            if condition(bench):
                return bench
    raise AssertionError("the bus ended")


def _workers() -> dict[int, _Worker]:
    """Return the worker processes of this one."""
    own = os.getpid()
    pids = map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())
    return {pid: _worker(pid) for pid in pids if _is_worker(pid)}


def _is_worker(pid: int) -> bool:
    return b"labtui.adapters.ios.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _worker(pid: int) -> _Worker:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return _Worker(pid, ticks / os.sysconf("SC_CLK_TCK"), _peak_mb(pid))


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def _import_mb() -> float:
    words = [sys.executable, "-c", f"{_LIBRARY}; print(flush=True); open(0).read()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return _peak_mb(process.pid)


async def _plug() -> dict[str, object]:
    """Plug one phone in again and again, seen by a bare client of usbmuxd and by the bus."""
    with tempfile.TemporaryDirectory() as folder:
        async with VirtualIphones([PROFILE], trusts_host=True) as virtual, asyncio.timeout(LIMIT_S):
            bus = IosBus(IosConfig(Path(folder) / "records", MuxAddress.parse(virtual.address)))
            bare, board = [], []
            try:
                for _ in range(PLUG_ROUNDS):
                    bare_s, board_s = await _plug_once(virtual, bus)
                    bare.append(bare_s)
                    board.append(board_s)
            finally:
                await bus.close()
    seconds = statistics.median(board)
    return {
        "name": "from plug to board",
        "value": round(seconds, 4),
        "unit": "s",
        "target": f"< {PLUG_S:.0f}",
        "ratio_to": "usbmuxd's own message",
        "ratio": round(seconds / statistics.median(bare), 2),
        "ok": max(board) < PLUG_S,
    }


async def _plug_once(virtual: VirtualIphones, bus: IosBus) -> tuple[float, float]:
    (phone,) = virtual.phones
    await _until(bus, lambda bench: bool(_ready(bench)))
    phone.detach()
    await _until(bus, lambda bench: not bench)
    async with aclosing(track_entries(MuxAddress.parse(virtual.address))) as lists:
        assert await anext(lists) == ()
        seen = asyncio.create_task(_at(anext(lists)))
        shown = asyncio.create_task(
            _at(_until(bus, lambda bench: any(d.transports[0].serial == phone.udid for d in bench)))
        )
        await asyncio.sleep(0.1)  # both listen
        started_s = time.perf_counter()
        phone.attach()
        return await seen - started_s, await shown - started_s


async def _at(event: Awaitable[object]) -> float:
    await event
    return time.perf_counter()


def _imports() -> dict[str, object]:
    """Count the modules of pymobiledevice3 in the app's own process while it lists a phone."""
    words = (*("-X", "importtime", "-m", "labtui"), "--virtual", PROFILE, "devices")
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    assert "ready" in done.stdout, done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = [line.rpartition("|")[2].strip() for line in lines]
    heavy = [name for name in names if name.partition(".")[0] == "pymobiledevice3"]
    return {
        "name": "modules of pymobiledevice3 in the app's process",
        "value": len(heavy),
        "unit": "modules",
        "target": 0,
        "ratio_to": "all that it has imported",
        "ratio": round(len(heavy) / len(names), 4),
        "ok": not heavy,
    }


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result), flush=True)
