"""Several virtual iPhones behind a usbmuxd of their own, in this process."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labtui.errors import BenchUnavailable
from labtui.virtual.ios.device import IphonePlace
from labtui.virtual.ios.faults import apply_fault
from labtui.virtual.ios.keys import device_key
from labtui.virtual.ios.phone import VirtualIphone
from labtui.virtual.ios.profile import number_iphones
from labtui.virtual.ios.trusted import trusted_record
from labtui.virtual.ios.usbmuxd import SYSTEM_BUID, Usbmuxd
from labtui.virtual.runners import PhoneRunner, ReferenceRunner


class VirtualIphones:
    """A context manager: inside it the phones are attached and listed by the usbmuxd."""

    def __init__(
        self,
        profiles: Sequence[str],
        runner: PhoneRunner | None = None,
        *,
        trusts_host: bool = False,
        folder: Path | None = None,
    ) -> None:
        """Prepare phones by profile key. Raises UsageError for an unknown one.

        `runner` is what the runner apps run; None is the reference. With `trusts_host` the phones
        have been paired with this computer before: its usbmuxd knows the records. `folder` is for
        their files and must not exist yet; None is a temporary one.
        """
        self._kinds = number_iphones(profiles)
        self._runner = runner or ReferenceRunner("there is no other for iPhones")
        self._trusts_host = trusts_host
        self._folder = folder
        self._lifeline: tuple[int, int] | None = None
        self._usbmuxd: Usbmuxd | None = None
        self.phones: tuple[VirtualIphone, ...] = ()

    @property
    def usbmuxd(self) -> Usbmuxd:
        """The private usbmuxd. Only inside the context."""
        if self._usbmuxd is None:
            raise BenchUnavailable("the virtual iPhones are not running: enter their bench first")
        return self._usbmuxd

    @property
    def address(self) -> str:
        """Where the usbmuxd listens on TCP: the one form that every client understands."""
        return f"127.0.0.1:{self.usbmuxd.port}"

    @property
    def socket_path(self) -> Path:
        """Where it listens on a unix socket."""
        return self.usbmuxd.socket_path

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to use this usbmuxd."""
        return {"USBMUXD_SOCKET_ADDRESS": self.address}

    @property
    def udids(self) -> tuple[str, ...]:
        """Who is on the bench."""
        return tuple(phone.udid for phone in self.phones)

    async def __aenter__(self) -> Self:
        """Start the usbmuxd and attach the phones. Raises BenchUnavailable."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="labtui-iphones-"))
        else:
            self._folder.mkdir(mode=0o700)
        self._lifeline = os.pipe()
        self._usbmuxd = Usbmuxd(self._folder / "usbmuxd")
        try:
            await self._usbmuxd.start()
            await asyncio.to_thread(device_key)
            self.phones = tuple(self._make_phones(self._folder, self._lifeline[0]))
            if self._trusts_host:
                await asyncio.to_thread(self._pair)
        except BaseException as error:
            await self._close()
            if isinstance(error, OSError):
                raise BenchUnavailable(f"the bench's usbmuxd did not start: {error}") from error
            raise
        for phone in self.phones:
            phone.attach()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Detach the phones, stop the usbmuxd, delete every file."""
        await self._close()

    def phone(self, udid: str) -> VirtualIphone:
        """Return a phone. Raises KeyError."""
        return {phone.udid: phone for phone in self.phones}[udid]

    def fault(self, udid: str, text: str) -> None:
        """Apply a fault or state, `name` or `name=value`. Raises KeyError or UsageError."""
        apply_fault(self.phone(udid), text)

    def _make_phones(self, folder: Path, lifeline_fd: int) -> Iterable[VirtualIphone]:
        for number, (profile, index) in enumerate(self._kinds):
            place = IphonePlace(profile, index, folder / f"{number}", lifeline_fd, self._runner)
            yield VirtualIphone(place, self.usbmuxd)

    def _pair(self) -> None:
        for phone in self.phones:
            address = phone.device.profile.wifi_address(phone.device.place.index)
            record = trusted_record(phone.device.pairings, address, SYSTEM_BUID)
            self.usbmuxd.keep_pair_record(phone.udid, record)

    async def _close(self) -> None:
        await asyncio.gather(*(phone.close() for phone in self.phones))
        self.phones = ()
        if self._usbmuxd is not None:
            await self._usbmuxd.stop()
            self._usbmuxd = None
        for descriptor in self._lifeline or ():
            os.close(descriptor)
        self._lifeline = None
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._folder = None
