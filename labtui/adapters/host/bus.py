"""The bus that has one device: this computer."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

from labtui.adapters.host.device import HostDevice
from labtui.adapters.host.facts import host_facts
from labtui.adapters.host.readings import host_reading
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)
from labtui.errors import DeviceGone
from labtui.ports import Device

SERIAL = "host"
REFRESH_S = 5.0


class HostBus:
    """Implements `labtui.ports.DeviceBus`; `folder` holds variants and whatever runners write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._device: HostDevice | None = None

    @property
    def trouble(self) -> str:
        """Return what keeps this computer from being seen: nothing ever does."""
        return ""

    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        """Yield this computer, and again every few seconds with a new reading."""
        facts = await asyncio.to_thread(host_facts)
        while True:
            yield (await asyncio.to_thread(self._snapshot, facts),)
            await asyncio.sleep(REFRESH_S)

    def device(self, device: DeviceId) -> Device:
        """Return this computer. Raises DeviceGone for any other id, and before it was seen."""
        if self._device is None or self._device.id != device:
            raise DeviceGone(f"{device} is not this computer.")
        return self._device

    async def close(self) -> None:
        """End the runners still at work."""
        if self._device is not None:
            self._device.kill_runners()

    def _snapshot(self, facts: DeviceFacts) -> DeviceSnapshot:
        self._folder.mkdir(parents=True, exist_ok=True)
        device_id = DeviceId(f"{Platform.HOST}:{facts.hardware_id}")
        if self._device is None:
            self._device = HostDevice(device_id, self._folder)
        return DeviceSnapshot(
            id=device_id,
            platform=Platform.HOST,
            state=DeviceState.READY,
            transports=(Transport(SERIAL, TransportKind.LOCAL, DeviceState.READY),),
            facts=facts,
            reading=host_reading(),
            free_bytes=shutil.disk_usage(self._folder).free,
        )
