"""Puts the parts together: the only place that knows every adapter.

Parts are heavy to import. Where a screen may be on the event loop, a thread imports and makes
them, so that no key waits.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labtui.bench.clock import SystemClock
from labtui.bench.service import Bench
from labtui.cli.output import say
from labtui.cli.settings import Settings, engines_dir, pair_records_dir
from labtui.core.evalset import EvalSet
from labtui.core.model import SessionUid
from labtui.ports import DeviceBus, History, Locks, ModelInspector, Recorder, Scorer

if TYPE_CHECKING:
    from labtui.adapters.android.bus import AndroidBus
    from labtui.adapters.android.journal import Journal
    from labtui.adapters.ios.bus import IosBus
    from labtui.cli.virtual_child import VirtualBenchAddress
    from labtui.store import Store


@dataclass(frozen=True, slots=True)
class OpenBus:
    """The devices, how many are known to be on their way, and who may use them."""

    bus: DeviceBus
    expected: int
    locks: Locks
    androids: "AndroidBus"
    """The part of `bus` that knows more of Android phones than every bus does."""
    iphones: "IosBus | None"
    """Likewise of iPhones; None for a virtual bench without any."""
    journal: "Journal"
    """What Android phones have to be given back."""


@dataclass(frozen=True, slots=True)
class OpenBench:
    """Everything a command needs to measure and remember."""

    devices: OpenBus
    recorder: Recorder
    history: History
    inspector: ModelInspector

    def service(self) -> Bench:
        """Return the service that runs plans on these devices."""
        return Bench(
            self.devices.bus,
            self.recorder,
            self.devices.locks,
            SystemClock(),
            self.history,
            scorers=_scorer,
        )


@asynccontextmanager
async def open_bus(settings: Settings) -> AsyncIterator[OpenBus]:
    """Open the devices: the user's, or those of a virtual bench of one's own."""
    async with AsyncExitStack() as stack:
        address = None
        if settings.virtual is not None:
            phones = await asyncio.to_thread(_virtual_bench, settings.virtual)
            address = await stack.enter_async_context(phones)
        devices = await asyncio.to_thread(_join_buses, settings, address)
        stack.push_async_callback(devices.bus.close)
        yield devices


@asynccontextmanager
async def open_bench(settings: Settings) -> AsyncIterator[OpenBench]:
    """Open devices and history. Raises StoreError or BenchUnavailable."""
    store = await asyncio.to_thread(_open_store, settings)
    inspector = await asyncio.to_thread(_inspector)
    with store.recorder() as recorder:
        async with open_bus(settings) as devices:
            yield OpenBench(devices, recorder, store.history, inspector)


def open_history(settings: Settings) -> History:
    """Open the history for reading. Raises StoreError."""
    return _open_store(settings).history


def _virtual_bench(phones: str) -> "AbstractAsyncContextManager[VirtualBenchAddress]":
    from labtui.cli.virtual_child import virtual_bench  # noqa: PLC0415 (heavy)

    return virtual_bench(phones)


def _join_buses(settings: Settings, virtual: "VirtualBenchAddress | None") -> OpenBus:
    from labtui.adapters.android.bus import AndroidBus  # noqa: PLC0415 (heavy)
    from labtui.adapters.android.engines import EngineShelf  # noqa: PLC0415
    from labtui.adapters.android.journal import Journal  # noqa: PLC0415
    from labtui.adapters.android.server import AndroidConfig  # noqa: PLC0415
    from labtui.adapters.host.bus import HostBus  # noqa: PLC0415
    from labtui.adapters.ios.bus import IosBus  # noqa: PLC0415
    from labtui.adapters.ios.config import IosConfig  # noqa: PLC0415
    from labtui.adapters.ios.usbmux import MuxAddress  # noqa: PLC0415
    from labtui.adapters.merged import MergedBus  # noqa: PLC0415
    from labtui.store import DeviceLocks  # noqa: PLC0415

    phones, state_dir = 0, settings.state_dir
    android = AndroidConfig(
        settings.adb_host, settings.adb_port, may_leave_host=settings.may_leave_host
    )
    ios = IosConfig.from_environment(
        pair_records_dir(),
        may_leave_host=settings.may_leave_host,
        may_use_wifi=settings.may_use_wifi,
    )
    if virtual is not None:
        android = AndroidConfig(port=virtual.adb_port, may_start_server=False)
        # Virtual phones of two benches share serials, but not phones; nor their pair records.
        ios = IosConfig(virtual.folder / "pairs", MuxAddress.parse(virtual.usbmux))
        phones, state_dir = virtual.phones, virtual.folder
    journal = Journal(state_dir / "hygiene")
    androids = AndroidBus(android, EngineShelf(engines_dir()), journal)
    iphones = IosBus(ios) if virtual is None or virtual.usbmux else None
    buses = (androids, iphones, HostBus(settings.state_dir / "host"))
    merged = MergedBus([bus for bus in buses if bus is not None])
    locks = DeviceLocks(state_dir / "locks")
    return OpenBus(merged, phones + 1, locks, androids, iphones, journal)


def _inspector() -> ModelInspector:
    from labtui.adapters.models.inspector import ChildInspector  # noqa: PLC0415 (heavy)

    return ChildInspector()


def _scorer(eval_set: EvalSet, model: str, items: int | None) -> Scorer:
    from labtui.adapters.scoring.scorer import scorer_for  # noqa: PLC0415 (heavy)

    return scorer_for(eval_set, model, items)


def _open_store(settings: Settings) -> "Store":
    from labtui.store import open_store  # noqa: PLC0415 (heavy)

    store = open_store(settings.db)
    if store.interrupted:
        say(_offer_to_resume(store.interrupted))
    return store


def _offer_to_resume(sessions: Sequence[SessionUid]) -> str:
    """Return what to tell the user about sessions found interrupted, oldest first."""
    if len(sessions) == 1:
        return f"1 interrupted session found; `labtui run --resume {sessions[0]}` finishes it."
    return (
        f"{len(sessions)} interrupted sessions found: {', '.join(sessions)}; "
        "`labtui run --resume SESSION` finishes one."
    )
