"""Which service answers which OPEN."""

from collections.abc import Sequence
from typing import Protocol

from labtui.virtual.adbd.connection import Service
from labtui.virtual.adbd.forward import ReverseForwards, serve_connect
from labtui.virtual.adbd.shell_protocol import serve_raw, serve_v2
from labtui.virtual.adbd.stream import AdbStream
from labtui.virtual.adbd.sync import SyncSession
from labtui.virtual.files import PhoneFiles
from labtui.virtual.sockets import SocketTable
from labtui.virtual.streams import StandardStreams

FEATURES = ("shell_v2", "cmd", "stat_v2", "ls_v2", "fixed_push_mkdir", "sendrecv_v2")
"""What a current phone announces, without the compressions of `sendrecv_v2`."""
_NO_ROOT = b"adbd cannot run as root in production builds\n"


class Device(Protocol):
    """What the services need of the phone behind them."""

    @property
    def files(self) -> PhoneFiles:
        """The phone's storage."""
        ...

    @property
    def sockets(self) -> SocketTable:
        """The phone's sockets."""
        ...

    async def run_command(self, command: str, streams: StandardStreams) -> int:
        """Run a shell command line and return its exit status."""
        ...

    async def run_shell(self, streams: StandardStreams, is_terminal: bool) -> int:
        """Run the commands that come on stdin and return the exit status."""
        ...

    def request_reboot(self) -> None:
        """Begin to reboot, soon after this call."""
        ...


class Services:
    """The services of one connection."""

    def __init__(self, device: Device, reverse: ReverseForwards) -> None:
        self._device = device
        self._reverse = reverse

    def find(self, name: str) -> Service | None:
        """Return the service called `name`, e.g. `shell,v2,raw:ls`; None when there is none."""
        word, _, argument = name.partition(":")
        kind, *options = word.split(",")
        device = self._device
        services: dict[str, Service] = {
            "shell": lambda stream: self._shell(stream, argument, options),
            "exec": lambda stream: self._shell(stream, argument, ()),
            "sync": lambda stream: SyncSession(stream, device.files).serve(),
            "tcp": lambda stream: serve_connect(stream, device.sockets, name),
            "localabstract": lambda stream: serve_connect(stream, device.sockets, name),
            "reverse": lambda stream: self._reverse.serve(stream, argument),
            "root": lambda stream: stream.write(_NO_ROOT),
            "reboot": self._reboot,
        }
        return services.get(kind)

    async def _shell(self, stream: AdbStream, command: str, options: Sequence[str]) -> None:
        async def run(streams: StandardStreams) -> int:
            if command:
                return await self._device.run_command(command, streams)
            return await self._device.run_shell(streams, is_terminal="raw" not in options)

        serve = serve_v2 if "v2" in options else serve_raw
        await serve(stream, run)

    async def _reboot(self, stream: AdbStream) -> None:
        stream.close()
        self._device.request_reboot()
