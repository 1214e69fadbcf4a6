"""Waiting for what a bus shows, with a deadline instead of a sleep."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.server import AndroidConfig
from labtui.core.model import DeviceSnapshot, DeviceState

Bench = tuple[DeviceSnapshot, ...]


@contextlib.asynccontextmanager
async def watching(
    config: AndroidConfig, engines: EngineShelf | None = None
) -> AsyncIterator[AndroidBus]:
    bus = AndroidBus(config, engines)
    try:
        yield bus
    finally:
        await bus.close()


async def until(bus: AndroidBus, holds: Callable[[Bench], bool], limit_s: float = 5.0) -> Bench:
    """Return the first bench for which `holds` is true."""
    async with asyncio.timeout(limit_s), contextlib.aclosing(bus.watch()) as benches:
        async for bench in benches:
            if holds(bench):
                return bench
    raise AssertionError("the bus ended")


async def all_ready(bus: AndroidBus, count: int, limit_s: float = 10.0) -> Bench:
    return await until(bus, lambda bench: states(bench) == [DeviceState.READY] * count, limit_s)


def states(bench: Bench) -> list[DeviceState]:
    return [device.state for device in bench]
