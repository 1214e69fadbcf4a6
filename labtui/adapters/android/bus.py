"""All phones that one adb server knows."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, replace

from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.journal import Journal
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.roster import Tracked, assemble
from labtui.adapters.android.server import AndroidConfig, ensure_server
from labtui.adapters.android.smartsocket import Route, SmartSocketError, track_devices
from labtui.adapters.android.tender import Tender
from labtui.adapters.board import Board
from labtui.core.logs.adb_devices import AdbEntry, AdbState
from labtui.core.model import DeviceId, DeviceSnapshot, DeviceState
from labtui.errors import BenchUnavailable, DeviceGone

MAX_QUESTIONS = 8
"""Phones asked for their facts at the same time."""
_RETRY_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_GRACE_RETRIES = 4
"""Tries before a server that was there and ended counts as trouble."""

_Key = int | str


@dataclass(slots=True)
class _Slot:
    """One transport of the server's list; the task runs while its phone can be asked."""

    tracked: Tracked
    tender: Tender | None = None
    task: asyncio.Task[None] | None = None


class AndroidBus:
    """Follows the server's device list; implements `labtui.ports.DeviceBus`."""

    def __init__(
        self,
        config: AndroidConfig | None = None,
        engines: EngineShelf | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._config = config or AndroidConfig()
        self._engines = engines
        self._journal = journal
        self._slots: dict[_Key, _Slot] = {}
        self._devices: dict[DeviceId, AndroidDevice] = {}
        self._places: dict[str, int] = {}
        """Hardware id -> the first transport it was seen on: who comes back gets its old place."""
        self._board = Board()
        self._turns = asyncio.Semaphore(MAX_QUESTIONS)
        self._tracker: asyncio.Task[None] | None = None

    def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        """Yield the bench now and after each change; who is slow gets the latest only.

        A server that is missing or ends is no end: the bench is empty then, `trouble` says why,
        and the bus goes on trying.
        """
        self._tracker = self._tracker or asyncio.create_task(self._track())
        return self._board.watch()

    @property
    def trouble(self) -> str:
        """Why no phone can be seen; empty when all is well."""
        return self._board.trouble

    def device(self, device: DeviceId) -> AndroidDevice:
        """Return the phone to work with. Raises DeviceGone when it is not there or not ready."""
        self._phone(device)
        if device not in self._devices:
            self._devices[device] = AndroidDevice(
                device, lambda: self._phone(device), self._engines, self._journal
            )
        return self._devices[device]

    async def close(self) -> None:
        """Stop all runners and let go of the server; whoever watches sees the end."""
        self._board.close()
        await asyncio.gather(*(device.close() for device in self._devices.values()))
        tasks = [slot.task for slot in self._slots.values()] + [self._tracker]
        running = [task for task in tasks if task]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _phone(self, device: DeviceId) -> Phone:
        """Return the present way to a phone. Raises DeviceGone."""
        found = next((s for s in self._board.snapshots if s.id == device), None)
        if found is None:
            raise DeviceGone(f"{device} is not on the bench: check its cable.")
        handle = found.transports[0].handle
        if found.state is not DeviceState.READY or found.facts is None or handle is None:
            raise DeviceGone(f"{found.name} is not ready ({found.state}). {found.cure}".strip())
        route = Route(self._config.address, handle)
        return Phone(route, found.facts, on_hung=lambda: self._mark_hung(handle))

    def _mark_hung(self, key: _Key) -> None:
        slot = self._slots.get(key)
        if slot and slot.tender:
            slot.tender.mark_hung()

    async def _track(self) -> None:
        """Follow the list for ever; after a loss try again, ever more slowly."""
        failures = 0
        had_server = False
        while True:
            try:
                await ensure_server(self._config)
                async with contextlib.aclosing(track_devices(self._config.address)) as lists:
                    async for entries in lists:
                        failures, had_server = 0, True
                        self._follow(entries)
            except (SmartSocketError, BenchUnavailable) as error:
                is_trouble = not had_server or failures >= _GRACE_RETRIES
                self._follow((), trouble=self._sentence(error) if is_trouble else "")
            await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
            failures += 1

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, BenchUnavailable):
            return str(error)
        return (
            f"The adb server on {self._config.address} ends again and again: run "
            "`adb nodaemon server` to see why."
        )

    def _follow(self, entries: Iterable[AdbEntry], trouble: str = "") -> None:
        """Make the slots those of the list."""
        listed = {_key(entry): entry for entry in entries}
        for key in self._slots.keys() - listed.keys():
            _stop(self._slots.pop(key))
        for key, entry in listed.items():
            self._place(key, entry)
        self._publish(trouble)

    def _place(self, key: _Key, entry: AdbEntry) -> None:
        slot = self._slots.setdefault(key, _Slot(Tracked(entry)))
        if slot.tracked.entry == entry and slot.task:
            return
        _stop(slot)
        slot.tracked = replace(slot.tracked, entry=entry, is_hung=False)
        if entry.state is AdbState.DEVICE and entry.transport_id is not None:
            self._tend(slot, Route(self._config.address, entry.transport_id))

    def _tend(self, slot: _Slot, route: Route) -> None:
        slot.tender = Tender(
            route, slot.tracked, self._turns, is_busy=self._is_busy, on_change=self._publish
        )
        slot.task = asyncio.create_task(slot.tender.run())

    def _is_busy(self, route: Route) -> bool:
        return any(device.works_on(route) for device in self._devices.values())

    def _publish(self, trouble: str = "") -> None:
        for slot in self._slots.values():
            slot.tracked = slot.tender.tracked if slot.tender else slot.tracked
        tracked = [slot.tracked for slot in self._slots.values()]
        self._board.show(assemble(sorted(tracked, key=self._place_of)), trouble)

    def _place_of(self, one: Tracked) -> int:
        return self._places.setdefault(one.hardware_id, one.entry.transport_id or 0)


def _key(entry: AdbEntry) -> _Key:
    """Return what tells transports apart: serials may be equal, old servers give no number."""
    return entry.serial if entry.transport_id is None else entry.transport_id


def _stop(slot: _Slot) -> None:
    if slot.task:
        slot.task.cancel()
    slot.task = slot.tender = None
