"""Several virtual phones on a private adb server, in this process."""

import asyncio
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labtui.errors import BenchUnavailable
from labtui.virtual.adbd.services import FEATURES
from labtui.virtual.clock import Deadline
from labtui.virtual.device import Place
from labtui.virtual.phone import VirtualPhone
from labtui.virtual.profile import number_phones
from labtui.virtual.runners import PhoneRunner, find_runner
from labtui.virtual.server import AdbServer, ask

_LISTED_S = 20.0


class VirtualBench:
    """A context manager: inside it the phones are plugged in and listed by the adb server."""

    def __init__(
        self,
        profiles: Sequence[str],
        adb_path: Path | None = None,
        features: Iterable[str] = FEATURES,
        runner: PhoneRunner | None = None,
    ) -> None:
        """Prepare phones by profile key. Raises UsageError for an unknown one.

        `adb_path` chooses the adb program; `features` what the phones say they can do (none: the
        protocols of ten years ago); `runner` what they execute (None: the best there is).
        """
        self._kinds = number_phones(profiles)
        self._adb_path = adb_path
        self._features = tuple(features)
        self.runner = runner or find_runner()
        self._server: AdbServer | None = None
        self._lifeline: tuple[int, int] | None = None
        self.phones: tuple[VirtualPhone, ...] = ()

    @property
    def server(self) -> AdbServer:
        """The private adb server. Only inside the context."""
        if self._server is None:
            raise BenchUnavailable("the virtual bench is not running: enter it first")
        return self._server

    @property
    def adb_port(self) -> int:
        """Port of the private adb server on 127.0.0.1."""
        return self.server.port

    @property
    def adb_home(self) -> Path:
        """What clients should use as HOME, so that they read no keys of the user."""
        return self.server.home

    async def __aenter__(self) -> Self:
        """Start the server and plug in the phones. Raises BenchUnavailable."""
        folder = Path(tempfile.mkdtemp(prefix="labtui-virtual-"))
        self._server = AdbServer(folder, self._adb_path)
        self._lifeline = os.pipe()
        try:
            await self._server.start()
            self.phones = tuple(self._make_phones(folder, self._lifeline[0]))
            await asyncio.gather(*(phone.plug() for phone in self.phones))
            await self._wait_until_listed()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Unplug the phones, stop the server, delete every file."""
        await self._close()

    def phone(self, serial: str) -> VirtualPhone:
        """Return a phone by either of its serials. Raises KeyError."""
        for phone in self.phones:
            if serial in {phone.serial, phone.adb_serial}:
                return phone
        raise KeyError(serial)

    def _make_phones(self, folder: Path, lifeline_fd: int) -> Iterable[VirtualPhone]:
        for number, (profile, index) in enumerate(self._kinds):
            own = folder / f"phone{number}"
            place = Place(profile, index, own, self.adb_port, lifeline_fd, self.runner)
            yield VirtualPhone(place, self._features)

    async def _wait_until_listed(self) -> None:
        wanted = {f"{phone.adb_serial}\tdevice" for phone in self.phones}
        deadline = Deadline(_LISTED_S)
        while not wanted <= set((await ask(self.adb_port, "host:devices")).splitlines()):
            if deadline.is_over:
                raise BenchUnavailable("the adb server does not list the virtual phones: try again")
            await asyncio.sleep(0.01)

    async def _close(self) -> None:
        await asyncio.gather(*(phone.close() for phone in self.phones))
        self.phones = ()
        if self._server is not None:
            await self._server.stop()
            self._server = None
        for descriptor in self._lifeline or ():
            os.close(descriptor)
        self._lifeline = None
