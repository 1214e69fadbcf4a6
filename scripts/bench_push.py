"""How fast files reach a phone over adb, against adbutils' own push in the same run.

The phone is a virtual one in a process of its own behind a real adb server. Rounds of both are
interleaved, each with content that the phone does not have; medians count.
"""

import asyncio
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import adbutils

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.server import AndroidConfig
from labtui.adapters.android.smartsocket import Route, open_service
from labtui.adapters.android.sync import send_file
from labtui.cli.virtual_child import virtual_bench
from labtui.core.model import DeviceSnapshot, DeviceState, Digest

SIZE_BYTES = 128 << 20
ROUNDS = 5
TARGET_RATIO = 1.2
LIMIT_S = 60.0
_REMOTE = "/data/local/tmp/bench_push.bin"


def measure() -> list[dict[str, object]]:
    """Return the rate of the wire, and of a push that is verified on the phone, in MiB/s."""
    rates = asyncio.run(_rates())
    return [
        _result("push", rates.ours, rates.theirs, "push"),
        _result(
            "push, verified on the phone",
            rates.ours_verified,
            rates.theirs_verified,
            "push and sha256sum",
        ),
    ]


@dataclass
class _Rates:
    """MiB/s of each round."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    ours_verified: list[float] = field(default_factory=list)
    theirs_verified: list[float] = field(default_factory=list)


def _result(name: str, ours: list[float], theirs: list[float], what: str) -> dict[str, object]:
    value, baseline = statistics.median(ours), statistics.median(theirs)
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "MiB/s",
        "target": f">= {TARGET_RATIO} x",
        "ratio_to": f"adbutils {adbutils.__version__} {what}, {baseline:.1f} MiB/s",
        "ratio": round(value / baseline, 2),
        "ok": value >= TARGET_RATIO * baseline,
    }


async def _rates() -> _Rates:
    rates = _Rates()
    with tempfile.TemporaryDirectory() as folder:
        async with virtual_bench("pixel-7-pro") as address:
            config = AndroidConfig(port=address.adb_port, may_start_server=False)
            bus = AndroidBus(config)
            try:
                phone = await _ready(bus)
                for _ in range(ROUNDS):
                    await _round(rates, bus, phone, Path(folder), config)
            finally:
                await bus.close()
    return rates


async def _round(
    rates: _Rates, bus: AndroidBus, phone: DeviceSnapshot, folder: Path, config: AndroidConfig
) -> None:
    path, digest = _fresh_file(folder)
    serial, handle = phone.transports[0].serial, phone.transports[0].handle
    assert handle is not None
    client = adbutils.AdbClient(host=config.host, port=config.port).device(serial)
    rates.theirs.append(await _timed(_push_theirs(client, path)))
    rates.ours.append(await _timed(_push_ours(Route(config.address, handle), path)))
    rates.theirs_verified.append(await _timed(_push_theirs(client, path, digest)))
    rates.ours_verified.append(await _timed(_push_verified(bus.device(phone.id), path, digest)))


async def _ready(bus: AndroidBus) -> DeviceSnapshot:
    async with asyncio.timeout(LIMIT_S):
        async for bench in bus.watch():
            if bench and bench[0].state is DeviceState.READY:
                return bench[0]
    raise AssertionError("the bus ended")


def _fresh_file(folder: Path) -> tuple[Path, Digest]:
    content = os.urandom(SIZE_BYTES)
    path = folder / "content.bin"
    path.write_bytes(content)
    return path, Digest(hashlib.sha256(content).hexdigest())


async def _timed(push: Coroutine[None, None, object]) -> float:
    """Return the rate of a push in MiB/s."""
    started_s = time.perf_counter()
    await asyncio.wait_for(push, LIMIT_S)
    return SIZE_BYTES / (1 << 20) / (time.perf_counter() - started_s)


async def _push_theirs(client: adbutils.AdbDevice, path: Path, verify: str = "") -> None:
    await asyncio.to_thread(client.sync.push, str(path), _REMOTE)
    if verify:
        found = await asyncio.to_thread(client.shell, ["sha256sum", _REMOTE])
        assert found.startswith(verify)


async def _push_ours(route: Route, path: Path) -> None:
    async with await open_service(route, "sync:") as socket:
        await send_file(socket, path, _REMOTE, 0o644, on_sent=lambda _sent: None, limit_s=LIMIT_S)


async def _push_verified(device: AndroidDevice, path: Path, digest: Digest) -> None:
    assert await device.push(path, digest, lambda _sent, _total: None)


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result))
