"""Puts the parts together: the only place that knows every adapter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from labtui.bench.clock import SystemClock
from labtui.bench.service import Bench
from labtui.cli.output import say
from labtui.cli.settings import Settings
from labtui.ports import DeviceBus, History, Locks, ModelInspector, Recorder


@dataclass(frozen=True, slots=True)
class OpenBus:
    """The devices, how many are known to be on their way, and who may use them."""

    bus: DeviceBus
    expected: int
    locks: Locks


@dataclass(frozen=True, slots=True)
class OpenBench:
    """Everything a command needs to measure and remember."""

    devices: OpenBus
    recorder: Recorder
    history: History
    inspector: ModelInspector

    def service(self) -> Bench:
        """Return the service that runs plans on these devices."""
        return Bench(self.devices.bus, self.recorder, self.devices.locks, SystemClock())


@asynccontextmanager
async def open_bus(settings: Settings) -> AsyncIterator[OpenBus]:
    """Open the devices: the user's, or those of a virtual bench of one's own."""
    from labtui.adapters.android.bus import AndroidBus  # noqa: PLC0415 (heavy)
    from labtui.adapters.android.server import AndroidConfig  # noqa: PLC0415
    from labtui.adapters.host.bus import HostBus  # noqa: PLC0415
    from labtui.adapters.merged import MergedBus  # noqa: PLC0415
    from labtui.cli.virtual_child import virtual_bench  # noqa: PLC0415
    from labtui.store import DeviceLocks  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        config, expected, lock_dir = AndroidConfig(port=settings.adb_port), 0, settings.state_dir
        if settings.virtual is not None:
            address = await stack.enter_async_context(virtual_bench(settings.virtual))
            config = AndroidConfig(port=address.adb_port, may_start_server=False)
            expected = len(address.serials)
            # Virtual phones of two benches share serials, but not phones.
            lock_dir = address.folder
        host = HostBus(settings.state_dir / "host")
        bus = MergedBus((AndroidBus(config), host))
        stack.push_async_callback(bus.close)
        yield OpenBus(bus, expected + 1, DeviceLocks(lock_dir / "locks"))


@asynccontextmanager
async def open_bench(settings: Settings) -> AsyncIterator[OpenBench]:
    """Open devices and history. Raises StoreError or BenchUnavailable."""
    from labtui.adapters.models.inspector import ChildInspector  # noqa: PLC0415 (heavy)
    from labtui.store import open_store  # noqa: PLC0415

    store = await asyncio.to_thread(open_store, settings.db)
    if store.interrupted:
        say(f"{store.interrupted} interrupted session(s) found; `labtui history` shows them.")
    with store.recorder() as recorder:
        async with open_bus(settings) as devices:
            yield OpenBench(devices, recorder, store.history, ChildInspector())


def open_history(settings: Settings) -> History:
    """Open the history for reading. Raises StoreError."""
    from labtui.store import open_store  # noqa: PLC0415 (heavy)

    return open_store(settings.db).history
