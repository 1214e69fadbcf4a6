"""Waiting for the bench to be complete, for commands that look at it once."""

import asyncio
from contextlib import aclosing, suppress

from labtui.cli.compose import OpenBus
from labtui.core.model import DeviceSnapshot, DeviceState

SETTLE_LIMIT_S = 10.0
"""Longer than the slowest phone takes to answer its first questions."""

_Bench = tuple[DeviceSnapshot, ...]


async def settled(bench: OpenBus) -> _Bench:
    """Return the bench once every device on it has answered or is known not to."""
    latest: _Bench = ()
    # Past the limit the stragglers are shown as connecting.
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_LIMIT_S), aclosing(bench.bus.watch()) as updates:
            async for latest in updates:
                if _is_complete(latest, bench.expected):
                    break
    return latest


def _is_complete(devices: _Bench, expected: int) -> bool:
    busy = any(d.state is DeviceState.CONNECTING for d in devices)
    return not busy and len(devices) >= expected
