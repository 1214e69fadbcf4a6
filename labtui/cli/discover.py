"""Waiting for the bench to be complete, for commands that look at it once."""

import asyncio
from collections.abc import AsyncIterator

from labtui.cli.compose import OpenBus
from labtui.core.model import DeviceSnapshot, DeviceState

SETTLE_LIMIT_S = 10.0
"""Longer than the slowest phone takes to answer its first questions."""

_Bench = tuple[DeviceSnapshot, ...]


async def settled(bench: OpenBus) -> _Bench:
    """Return the bench once every device on it has answered or is known not to."""
    latest: _Bench = ()
    updates = bench.bus.watch()
    try:
        async with asyncio.timeout(SETTLE_LIMIT_S):
            async for latest in updates:
                if _is_complete(latest, bench.expected):
                    break
    except TimeoutError:
        pass  # the stragglers are shown as connecting
    finally:
        await _close(updates)
    return latest


def _is_complete(devices: _Bench, expected: int) -> bool:
    busy = any(d.state is DeviceState.CONNECTING for d in devices)
    return not busy and len(devices) >= expected


async def _close(updates: AsyncIterator[_Bench]) -> None:
    close = getattr(updates, "aclose", None)
    if close is not None:
        await close()
