"""Before a block: wait until the device is as it has to be, but not for ever."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from labtui.core.events import BenchEvent, GateShut, GateWaited
from labtui.core.gates import Gates, shut
from labtui.core.readings import Reading
from labtui.errors import DeviceError
from labtui.ports import Clock, Device

POLL_S = 2.0


class Gatekeeper:
    """Lets the blocks of one device begin."""

    def __init__(self, gates: Gates, clock: Clock, emit: Callable[[BenchEvent], None]) -> None:
        self._gates = gates
        self._clock = clock
        self._emit = emit
        self._stopped = asyncio.Event()
        self._block: int | None = None
        """The one that was let in last."""
        self._first: Reading | None = None
        """What the device was like when its first block began."""

    def stop(self) -> None:
        """Wait no more."""
        self._stopped.set()

    async def admit(self, device: Device, block: int) -> None:
        """Return when a block may begin, or has waited long enough; say so if it had to wait."""
        if block == self._block:
            return
        self._block = block
        started_s = self._clock.monotonic_s()
        reading = await _read(device)
        reasons = self._reasons(reading)
        if was_shut := bool(reasons):
            self._emit(GateShut(device.id, block, reasons))
        while reasons and (left_s := self._left_s(started_s)) > 0:
            await self._pause(min(left_s, POLL_S))
            reading = await _read(device)
            reasons = self._reasons(reading)
        if was_shut and not self._stopped.is_set():
            waited_s = self._clock.monotonic_s() - started_s
            self._emit(GateWaited(device.id, block, waited_s, reasons))
        self._remember(reading, in_vain=bool(reasons))

    def _left_s(self, started_s: float) -> float:
        """Return how long a block may still wait."""
        if self._stopped.is_set():
            return 0.0
        return self._gates.wait_s - (self._clock.monotonic_s() - started_s)

    def _reasons(self, reading: Reading | None) -> tuple[str, ...]:
        return () if reading is None else shut(self._gates, reading, self._first)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    def _remember(self, reading: Reading | None, *, in_vain: bool) -> None:
        """Keep what later blocks are compared with; a cable that stays away is not waited for."""
        if self._first is None:
            self._first = reading
        elif in_vain and reading is not None:
            self._first = replace(self._first, battery=reading.battery)


async def _read(device: Device) -> Reading | None:
    """Return the device's state; None when it cannot be read, which keeps no gate shut."""
    with suppress(DeviceError):
        return await device.read_state()
    return None
