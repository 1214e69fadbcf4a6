"""Several buses as one bench."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from labtui.core.model import DeviceId, DeviceSnapshot
from labtui.errors import BenchUnavailable, DeviceGone
from labtui.ports import Device, DeviceBus

_Bench = tuple[DeviceSnapshot, ...]


class MergedBus:
    """Shows the devices of all its buses; a bus that fails takes only its own devices away."""

    def __init__(self, buses: Sequence[DeviceBus]) -> None:
        self._buses = tuple(buses)
        self._owners: dict[DeviceId, DeviceBus] = {}
        self._unavailable: dict[int, str] = {}

    @property
    def trouble(self) -> str:
        """Return what keeps any of the buses from seeing its devices."""
        sentences = [*self._unavailable.values(), *(bus.trouble for bus in self._buses)]
        return " ".join(sentence for sentence in sentences if sentence)

    async def watch(self) -> AsyncGenerator[_Bench, None]:
        """Yield the whole bench once every bus has spoken, and after each change."""
        latest: dict[int, _Bench] = {}
        changed = asyncio.Event()

        async def follow(index: int, bus: DeviceBus) -> None:
            try:
                async for devices in bus.watch():
                    latest[index] = devices
                    self._owners.update((d.id, bus) for d in devices)
                    changed.set()
            except BenchUnavailable as error:
                self._unavailable[index] = str(error)
                latest[index] = ()
                changed.set()

        tasks = [asyncio.create_task(follow(i, bus)) for i, bus in enumerate(self._buses)]
        try:
            while True:
                await changed.wait()
                changed.clear()
                if len(latest) == len(self._buses):
                    yield tuple(d for _, devices in sorted(latest.items()) for d in devices)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def device(self, device: DeviceId) -> Device:
        """Return the device to work with. Raises DeviceGone when no bus has ever shown it."""
        if device not in self._owners:
            raise DeviceGone(f"{device} is not on the bench; check its cable.")
        return self._owners[device].device(device)

    async def close(self) -> None:
        """Close every bus."""
        for bus in self._buses:
            await bus.close()
