"""One virtual phone: a device, its cable, and what can go wrong with it."""

import asyncio
import signal
from collections.abc import Iterable

from labtui.errors import UsageError
from labtui.virtual.adbd.auth import Authenticator, Trust
from labtui.virtual.adbd.connection import AdbdConnection, Service
from labtui.virtual.adbd.forward import ReverseForwards
from labtui.virtual.adbd.services import FEATURES, Services
from labtui.virtual.cable import Cable
from labtui.virtual.device import Place, make_device
from labtui.virtual.engine.build import EngineKind
from labtui.virtual.files import PhoneFiles
from labtui.virtual.hostile import HOSTILE_NAME, check_runner_fault
from labtui.virtual.program_faults import SettingsFault
from labtui.virtual.programs import stop_writing
from labtui.virtual.shell.commands import COMMANDS
from labtui.virtual.shell.interactive import run_interactive
from labtui.virtual.shell.run import run_line
from labtui.virtual.sockets import SocketTable
from labtui.virtual.streams import StandardStreams

REBOOT_S = 3.0


class VirtualPhone:
    """A phone on the bench. Its fault methods are what happens to real ones."""

    def __init__(self, place: Place, features: Iterable[str] = FEATURES) -> None:
        self.device = make_device(place, tuple(COMMANDS), self.request_reboot)
        self.authenticator = Authenticator()
        self._features = ",".join(features)
        self._cable = Cable(lambda: AdbdConnection(self), place.server_port)
        self._services: dict[AdbdConnection, ReverseForwards] = {}
        self._ended: list[AdbdConnection] = []
        self._is_deaf = False
        self._is_hung = False
        self._reboot: asyncio.Task[None] | None = None

    @property
    def serial(self) -> str:
        """The hardware serial number (`ro.serialno`)."""
        return self.device.serial

    @property
    def adb_serial(self) -> str:
        """What the adb server calls the phone."""
        return f"emulator-{self._cable.port - 1}"

    @property
    def port(self) -> int:
        """The phone's own port on 127.0.0.1, for clients that need no adb server."""
        return self._cable.port

    @property
    def is_plugged(self) -> bool:
        """Whether the cable is in."""
        return self._cable.is_plugged

    @property
    def is_connected(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._cable.connections)

    @property
    def banner(self) -> bytes:
        """Identity and features, as sent in CNXN."""
        keys = ("ro.product.name", "ro.product.model", "ro.product.device")
        identity = "".join(f"{key}={self.device.properties[key]};" for key in keys)
        return f"device::{identity}features={self._features}".encode()

    @property
    def files(self) -> PhoneFiles:
        """The phone's files."""
        return self.device.files

    @property
    def sockets(self) -> SocketTable:
        """The phone's sockets."""
        return self.device.sockets

    async def run_command(self, command: str, streams: StandardStreams) -> int:
        """Run a shell command line and return its exit status."""
        return await run_line(self.device, command, streams)

    async def run_shell(self, streams: StandardStreams, is_terminal: bool) -> int:
        """Run the commands that come on stdin and return the exit status."""
        return await run_interactive(self.device, streams, is_terminal)

    def find_service(self, name: str, connection: AdbdConnection) -> Service | None:
        """Return what answers an OPEN of `name` on a connection."""
        return Services(self, self._services[connection]).find(name)

    def connected(self, connection: AdbdConnection) -> None:
        """Take note of a new connection."""
        self._services[connection] = ReverseForwards(self.sockets, connection.open)
        self._cable.connected(connection)
        if self._is_hung or self._is_deaf:
            connection.mute()

    def disconnected(self, connection: AdbdConnection) -> None:
        """Take note of the end of a connection; what it started is told to end."""
        self._services.pop(connection).close()
        self._cable.disconnected(connection)
        connection.cancel_services()
        self._ended = [ended for ended in self._ended if ended.is_busy] + [connection]

    async def plug(self) -> None:
        """Plug the cable in; the adb server hears of it at once."""
        await self._cable.plug()

    async def unplug(self) -> None:
        """Pull the cable."""
        await self._cable.unplug()

    def hang(self) -> None:
        """Stop answering, with all connections open: nothing on the host can see it."""
        self._is_hung = True
        for connection in self._cable.connections:
            connection.mute()

    async def resume(self) -> None:
        """End `hang`, `go_offline` and `refuse_keys`: the phone is as it was."""
        was_cut_off = self._is_deaf or self.authenticator.trust is Trust.REFUSE
        self._is_hung = self._is_deaf = False
        self.authenticator.trust = Trust.OPEN
        if was_cut_off:
            await self._replug()
        for connection in self._cable.connections:
            connection.unmute()

    async def go_offline(self) -> None:
        """Answer no handshake: the adb server lists the phone as `offline`."""
        self._is_deaf = True
        await self._replug()

    async def refuse_keys(self) -> None:
        """Let nobody tap `Allow`: the adb server lists the phone as `unauthorized`."""
        self.authenticator.trust = Trust.REFUSE
        await self._replug()

    def fill_storage(self, is_full: bool = True) -> None:
        """Leave no room for another byte, or give it back."""
        self.device.files.storage.is_full = is_full
        for pid in self.device.processes.host_programs():
            stop_writing(pid, is_full)

    def kill_runner(self) -> None:
        """Kill every running runner or pushed script, as Android's memory killer does."""
        for pid in self.device.processes.programs():
            self.device.processes.kill(pid, signal.SIGKILL)

    def break_runner(self, kind: str) -> None:
        """Let the next runners go wrong; empty = back to normal. Raises UsageError."""
        check_runner_fault(kind)
        self.device.faults.runner = kind

    def break_engine(self, kind: str) -> None:
        """Let the next runners find another engine; empty = the right one. Raises UsageError."""
        known = [word.value for word in EngineKind if word is not EngineKind.PACED]
        if kind and kind not in known:
            raise UsageError(f"unknown engine fault {kind!r}; known are {', '.join(known)}")
        self.device.faults.engine = EngineKind(kind or EngineKind.PACED)

    def starve(self, kind: str) -> None:
        """Leave the next runners too little memory; empty = enough. Raises UsageError."""
        if kind not in ("", "short"):
            raise UsageError(f"unknown memory fault {kind!r}; known is short")
        self.device.faults.is_memory_short = bool(kind)

    def guard_settings(self, kind: str) -> None:
        """Let nobody change settings through a shell; empty = let them. Raises UsageError."""
        known = [word.value for word in SettingsFault if word]
        if kind and kind not in known:
            raise UsageError(f"unknown settings fault {kind!r}; known are {', '.join(known)}")
        self.device.faults.settings = SettingsFault(kind)

    async def turn_hostile(self) -> None:
        """Take a name full of control characters and markup."""
        self.device.properties["ro.product.model"] = HOSTILE_NAME
        self.device.properties["ro.product.marketname"] = HOSTILE_NAME
        await self._replug()

    def hold_skin(self, skin_c: float | None) -> None:
        """Keep the skin at a temperature, throttling included; None lets it go."""
        self.device.power.hold_skin(skin_c)

    def request_reboot(self, seconds: float = REBOOT_S) -> None:
        """Begin to reboot, as the `reboot:` service does; harmless while one is under way."""
        if self._reboot is None or self._reboot.done():
            self._reboot = asyncio.get_running_loop().create_task(self.reboot(seconds))

    async def reboot(self, seconds: float = REBOOT_S) -> None:
        """Go away, end all that runs, and come back; files stay."""
        await self._cable.unplug()
        await self._finish_services()
        self.device.battery.reset()
        self.device.power.now().forced_status = None
        self.device.power.fix_performance(False)
        await asyncio.sleep(seconds)
        await self._cable.plug()

    async def close(self) -> None:
        """Unplug for good and leave no process behind."""
        if self._reboot is not None:
            self._reboot.cancel()
            await asyncio.gather(self._reboot, return_exceptions=True)
        await self._cable.close()
        await self._finish_services()

    async def _replug(self) -> None:
        if self._cable.is_plugged:
            await self._cable.unplug()
            await self._cable.plug()

    async def _finish_services(self) -> None:
        await asyncio.gather(*(connection.finished() for connection in self._ended))
        self._ended.clear()
