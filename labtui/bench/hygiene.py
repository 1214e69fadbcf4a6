"""A device's settings around its launches."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from labtui.core.events import BenchEvent, HygieneApplied
from labtui.ports import Device


@asynccontextmanager
async def hygiene(
    device: Device, emit: Callable[[BenchEvent], None], *, is_wanted: bool
) -> AsyncIterator[None]:
    """Keep the device's settings those of a run until the context ends, if that is wanted.

    Raises DeviceError where the device cannot be changed safely.
    """
    if not is_wanted:
        yield
        return
    async with device.hygiene() as kept:
        emit(HygieneApplied(device.id, kept))
        yield
