"""How long until 32 virtual phones that one adb server knows are all on the board."""

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.server import AndroidConfig
from labtui.core.model import DeviceState
from labtui.virtual.bench import VirtualBench

PHONES = 32
MANY_PHONES = 64
TARGET_S = 1.5
ROUNDS = 3


def measure() -> list[dict[str, object]]:
    """Return the median time to discover 32 phones, and whether 64 are all found, in s."""
    seconds = sorted(asyncio.run(_discover(PHONES)) for _ in range(ROUNDS))[ROUNDS // 2]
    one_s = sorted(asyncio.run(_discover(1)) for _ in range(ROUNDS))[ROUNDS // 2]
    many_s = asyncio.run(_discover(MANY_PHONES))
    common = {"unit": "s", "ratio_to": "one phone"}
    return [
        {
            "name": f"discover {PHONES} phones",
            "value": round(seconds, 3),
            "target": f"< {TARGET_S}",
            "ratio": round(seconds / one_s, 2),
            "ok": seconds < TARGET_S,
            **common,
        },
        {
            "name": f"discover {MANY_PHONES} phones",
            "value": round(many_s, 3),
            "target": "all of them",
            "ratio": round(many_s / one_s, 2),
            "ok": True,
            **common,
        },
    ]


async def _discover(count: int) -> float:
    async with VirtualBench(["pixel-7-pro"] * count) as bench:
        bus = AndroidBus(AndroidConfig(port=bench.adb_port, may_start_server=False))
        started_s = time.monotonic()
        async with asyncio.timeout(60.0):
            async for devices in bus.watch():
                if sum(d.state is DeviceState.READY for d in devices) == count:
                    break
        seconds = time.monotonic() - started_s
        await bus.close()
    return seconds
