"""All iPhones that one usbmuxd knows."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.board import Board
from labtui.adapters.ios import usbmux
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.developer_image import MOUNT_REFUSALS, ImageState
from labtui.adapters.ios.device import IosDevice
from labtui.adapters.ios.helper import ANSWER_S, Helper, OnProgress, WorkerRefused
from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.phone import Phone
from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.refusals import explaining_refusals
from labtui.adapters.ios.roster import Tracked, group
from labtui.adapters.ios.tender import Tender
from labtui.adapters.ios.usbmux import MuxError, Unreachable, track_entries
from labtui.core.model import DeviceId, DeviceSnapshot, DeviceState
from labtui.errors import DeviceError, DeviceGone

_RETRY_S = (0.1, 0.25, 0.5)
"""A usbmuxd may be started by the very phone that is being plugged in: never look away for long."""
_GRACE_RETRIES = 6
"""Tries before a usbmuxd that was there and ended counts as trouble."""
MAX_QUESTIONS = 4
"""Phones asked for their state at the same time: the first question starts a worker."""
PAIR_S = 60.0
"""How long somebody may take to tap Trust and enter the passcode."""


@dataclass(slots=True)
class _Slot:
    """One attached phone."""

    tender: Tender
    helper: Helper
    task: asyncio.Task[None]


class IosBus:
    """Follows usbmuxd's list; implements `labtui.ports.DeviceBus`."""

    def __init__(self, config: IosConfig) -> None:
        self._config = config
        self._slots: dict[str, _Slot] = {}
        self._devices: dict[DeviceId, IosDevice] = {}
        self._known: dict[str, Tracked] = {}
        """UDID -> what was known of a phone when it left, in the order of first appearance."""
        self._board = Board()
        self._closing: set[asyncio.Task[None]] = set()
        self._visited: list[DeviceId] = []
        """Phones that are being paired, or get their runner or developer image."""
        self._turns = asyncio.Semaphore(MAX_QUESTIONS)
        self._tracker: asyncio.Task[None] | None = None

    def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        """Yield the bench now and after each change; who is slow gets the latest only.

        A usbmuxd that is missing or ends is no end: the bench is empty then, `trouble` says why,
        and the bus goes on trying. Raises BenchUnavailable for one that must not be used.
        """
        self._config.check()
        self._tracker = self._tracker or asyncio.create_task(self._track())
        return self._board.watch()

    @property
    def trouble(self) -> str:
        """Why no iPhone can be seen; empty when all is well."""
        return self._board.trouble

    @property
    def config(self) -> IosConfig:
        """Which usbmuxd this is about, and where keys lie."""
        return self._config

    def given_name(self, device: DeviceId) -> str:
        """Return what its owner calls a phone, as sentences about it do. Raises DeviceGone."""
        return self._slot(device).tender.tracked.name

    def device(self, device: DeviceId) -> IosDevice:
        """Return the phone to work with. Raises DeviceGone when it is not there or cannot work."""
        self._phone(device)
        if device not in self._devices:
            self._devices[device] = IosDevice(device, lambda: self._phone(device))
        return self._devices[device]

    async def pair(self, device: DeviceId, limit_s: float = PAIR_S) -> None:
        """Show the Trust dialog on a phone and wait for its answer. Raises DeviceError."""
        tender = self._slot(device).tender
        tender.update(obstacle=DeviceState.TRUST_PENDING, status=None)
        async with self._alone_with(device) as phone:
            await phone.ask(Op.PAIR, limit_s + ANSWER_S, timeout_s=limit_s)

    async def unpair(self, device: DeviceId) -> None:
        """Let a phone and this computer forget each other. Raises DeviceError."""
        async with self._alone_with(device) as phone:
            await phone.ask(Op.UNPAIR)
        with contextlib.suppress(MuxError):
            await usbmux.delete_pair_record(self._config.address, phone.tracked.entry.serial)

    async def install(self, device: DeviceId, ipa: Path, on_progress: OnProgress) -> None:
        """Install a signed runner app; progress is in percent. Raises DeviceError."""
        async with self._alone_with(device) as phone:
            with explaining_refusals(phone.name):
                await phone.follow(Op.INSTALL, on_progress, local=str(ipa))

    async def look_for_image(self, device: DeviceId) -> ImageState:
        """Ask a phone whether a developer image is mounted. Raises DeviceError."""
        async with self._alone_with(device) as phone:
            answer = await phone.ask(Op.LOOK_FOR_IMAGE)
            vitals = phone.tracked.vitals
            return ImageState(vitals.ios if vitals else (), answer.get("is_mounted") is True)

    async def mount_image(
        self, device: DeviceId, files: Sequence[Path], *, may_ask_apple: bool
    ) -> None:
        """Mount a developer image from its files (`developer_image.find_files`).

        Only with `may_ask_apple` Apple's signing server is told of the phone. Raises DeviceError.
        """
        paths = [str(path.resolve()) for path in files]
        async with self._alone_with(device) as phone:
            with explaining_refusals(phone.name, MOUNT_REFUSALS):
                await phone.follow(
                    Op.MOUNT_IMAGE, lambda *_: None, paths=paths, may_ask_apple=may_ask_apple
                )

    async def close(self) -> None:
        """Hang up on all runners and end all workers; whoever watches sees the end."""
        self._board.close()
        await asyncio.gather(*(device.close() for device in self._devices.values()))
        if self._tracker is not None:
            self._tracker.cancel()
            await asyncio.gather(self._tracker, return_exceptions=True)
        for udid in tuple(self._slots):
            self._drop(udid)
        await asyncio.gather(*self._closing)

    @contextlib.asynccontextmanager
    async def _alone_with(self, device: DeviceId) -> AsyncIterator[Phone]:
        """Keep the tender away from a phone in whatever state; look at it anew afterwards."""
        slot = self._slot(device)
        self._visited.append(device)
        phone = self._phone_in(slot)
        try:
            yield phone
            slot.tender.update(obstacle=None, status=None)
        except DeviceError as error:
            slot.tender.update(obstacle=None)
            if isinstance(refusal := error.__cause__, WorkerRefused):
                slot.tender.take_refusal(refusal)
            raise
        finally:
            self._visited.remove(device)
            slot.tender.check_soon()

    def _slot(self, device: DeviceId) -> _Slot:
        slots = (s for s in self._slots.values() if s.tender.tracked.id == device)
        if (slot := next(slots, None)) is None:
            raise DeviceGone(f"{device} is not on the bench: check its cable.")
        return slot

    def _phone(self, device: DeviceId) -> Phone:
        """Return the present way to a phone that can work. Raises DeviceGone."""
        slot = self._slot(device)
        tracked = slot.tender.tracked
        if not tracked.state.can_work:
            raise DeviceGone(f"{tracked.name} is not ready ({tracked.state}). {tracked.cure}")
        return self._phone_in(slot)

    def _phone_in(self, slot: _Slot) -> Phone:
        tender = slot.tender
        entry = tender.entry
        return Phone(
            self._config,
            tender.tracked,
            slot.helper,
            is_attached=lambda: (
                (now := self._slots.get(entry.udid)) is not None
                and entry in now.tender.tracked.entries
            ),
            on_hung=lambda: tender.update(is_hung=True),
            on_listening=lambda is_listening: tender.update(is_listening=is_listening),
        )

    def _is_busy(self, device: DeviceId) -> bool:
        working = self._devices.get(device)
        return device in self._visited or (working is not None and working.is_busy)

    async def _track(self) -> None:
        """Follow the list for ever; after a loss try again."""
        failures, had_daemon = 0, False
        while True:
            try:
                async with contextlib.aclosing(track_entries(self._config.address)) as lists:
                    async for entries in lists:
                        failures, had_daemon = 0, True
                        self._follow(entries)
            except MuxError as error:
                is_trouble = not had_daemon or failures >= _GRACE_RETRIES
                self._follow((), trouble=self._sentence(error) if is_trouble else "")
            await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
            failures += 1

    def _sentence(self, error: MuxError) -> str:
        if isinstance(error, Unreachable):
            return self._config.missing_daemon
        return (
            f"What listens on {self._config.address} does not answer as usbmuxd does ({error}): "
            "restart it."
        )

    def _follow(self, entries: Iterable[MuxEntry], trouble: str = "") -> None:
        """Make the slots those of the list."""
        phones = group(entries, may_use_wifi=self._config.may_use_wifi)
        for udid in self._slots.keys() - phones.keys():
            self._drop(udid)
        for udid, found in phones.items():
            self._place(udid, found)
        self._publish(trouble)

    def _place(self, udid: str, entries: tuple[MuxEntry, ...]) -> None:
        slot = self._slots.get(udid)
        if slot is not None and slot.tender.entry == entries[0]:
            slot.tender.update(entries=entries)
            return
        if slot is not None:
            self._drop(udid)
        before = self._known.get(udid)
        self._tend(udid, Tracked(entries, before.vitals if before else None))

    def _tend(self, udid: str, tracked: Tracked) -> None:
        self._known.setdefault(udid, tracked)
        helper = Helper(self._config, tracked.entry)
        tender = Tender(
            self._config,
            helper,
            tracked,
            self._turns,
            is_busy=lambda: self._is_busy(tracked.id),
            on_change=self._publish,
        )
        self._slots[udid] = _Slot(tender, helper, asyncio.create_task(tender.run()))

    def _drop(self, udid: str) -> None:
        slot = self._slots.pop(udid)
        self._known[udid] = slot.tender.tracked
        slot.task.cancel()
        closing = asyncio.create_task(_close(slot))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _publish(self, trouble: str = "") -> None:
        order = {udid: place for place, udid in enumerate(self._known)}
        shown = sorted(self._slots, key=lambda udid: order.get(udid, len(order)))
        snapshots = tuple(self._slots[udid].tender.tracked.snapshot for udid in shown)
        self._board.show(snapshots, trouble)


async def _close(slot: _Slot) -> None:
    await asyncio.gather(slot.task, return_exceptions=True)
    await slot.helper.close()
