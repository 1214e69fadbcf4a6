"""Waiting for the bench to be complete, for commands that look at it once."""

import asyncio
from contextlib import aclosing, suppress

from labtui.cli.compose import OpenBus
from labtui.core.model import DeviceSnapshot, DeviceState, Platform

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
    return len(devices) >= expected and not any(map(_has_more_to_say, devices))


def _has_more_to_say(device: DeviceSnapshot) -> bool:
    """Tell whether a device is about to answer: phones that are ready say how warm they are."""
    is_phone = device.platform is not Platform.HOST
    is_silent = is_phone and device.state.can_work and device.reading is None
    return device.state is DeviceState.CONNECTING or is_silent
