"""How fast files reach a phone over adb, against adbutils' own push in the same run.

The phone is a virtual one in a process of its own behind a real adb server. Both push the same
new content in each round, in alternating order; the ratio is the median over the rounds.
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
from labtui.adapters.android.server import AndroidConfig
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.shell import run
from labtui.adapters.android.smartsocket import Route, open_service
from labtui.adapters.android.sync import send_file
from labtui.cli.virtual_child import virtual_bench
from labtui.core.model import DeviceSnapshot, DeviceState, Digest

SIZE_BYTES = 128 << 20
ROUNDS = 6
TARGET_RATIO = 1.2
LIMIT_S = 60.0
_REMOTE = "/data/local/tmp/bench_push.bin"


def measure() -> list[dict[str, object]]:
    """Return the rate of the wire, and of a push that is verified on the phone, in MiB/s."""
    plain, verified = asyncio.run(_races())
    return [
        plain.result("push", "push"),
        verified.result("push, verified on the phone", "push and sha256sum"),
    ]


@dataclass
class _Race:
    """MiB/s of each round."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def result(self, name: str, rival: str) -> dict[str, object]:
        ratio = statistics.median(o / t for o, t in zip(self.ours, self.theirs, strict=True))
        baseline = statistics.median(self.theirs)
        return {
            "name": name,
            "value": round(statistics.median(self.ours), 1),
            "unit": "MiB/s",
            "target": f">= {TARGET_RATIO} x",
            "ratio_to": f"adbutils {adbutils.__version__} {rival}, {baseline:.1f} MiB/s",
            "ratio": round(ratio, 2),
            "ok": ratio >= TARGET_RATIO,
        }


async def _races() -> tuple[_Race, _Race]:
    plain, verified = _Race(), _Race()
    with tempfile.TemporaryDirectory() as folder:
        async with virtual_bench("pixel-7-pro") as address:
            config = AndroidConfig(port=address.adb_port, may_start_server=False)
            bus = AndroidBus(config)
            try:
                track = _Track(bus, await _ready(bus), config)
                for number in range(ROUNDS):
                    path, digest = _fresh_file(Path(folder))
                    await track.lap(plain, path, digest, is_verified=False, ours_first=number % 2)
                    await track.lap(verified, path, digest, is_verified=True, ours_first=number % 2)
            finally:
                await bus.close()
    return plain, verified


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


@dataclass(frozen=True)
class _Track:
    """The phone, as both clients see it."""

    bus: AndroidBus
    phone: DeviceSnapshot
    config: AndroidConfig

    @property
    def route(self) -> Route:
        handle = self.phone.transports[0].handle
        assert handle is not None
        return Route(self.config.address, handle)

    @property
    def client(self) -> adbutils.AdbDevice:
        client = adbutils.AdbClient(host=self.config.host, port=self.config.port)
        return client.device(self.phone.transports[0].serial)

    async def lap(
        self, race: _Race, path: Path, digest: Digest, *, is_verified: bool, ours_first: int
    ) -> None:
        """Push once with each client, in either order."""
        for is_ours in (True, False) if ours_first else (False, True):
            push = self._ours if is_ours else self._theirs
            rate = await self.timed(push(path, digest, is_verified))
            (race.ours if is_ours else race.theirs).append(rate)

    async def timed(self, push: Coroutine[None, None, object]) -> float:
        """Return the rate of a push in MiB/s; what it left on the phone is removed afterwards."""
        started_s = time.perf_counter()
        await asyncio.wait_for(push, LIMIT_S)
        rate = SIZE_BYTES / (1 << 20) / (time.perf_counter() - started_s)
        await run(self.route, f"rm -f {_REMOTE} {FOLDER}/variants/*")
        return rate

    async def _theirs(self, path: Path, digest: Digest, is_verified: bool) -> None:
        await asyncio.to_thread(self.client.sync.push, str(path), _REMOTE)
        if is_verified:
            found = await asyncio.to_thread(self.client.shell, ["sha256sum", _REMOTE])
            assert found.startswith(digest)

    async def _ours(self, path: Path, digest: Digest, is_verified: bool) -> None:
        if is_verified:
            device = self.bus.device(self.phone.id)
            assert await device.push(path, digest, lambda _sent, _total: None)
            return
        async with await open_service(self.route, "sync:") as socket:
            await send_file(
                socket, path, _REMOTE, 0o644, on_sent=lambda _sent: None, limit_s=LIMIT_S
            )


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result))
