"""The cable between a phone and the bench's adb server: pulled, plugged, or announced again."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from labtui.virtual.adbd.connection import AdbdConnection
from labtui.virtual.server import announce

_RETRY_S = 0.3
"""adb forgets a phone that went away after 0.25 s; before that it ignores announcements."""
_HOST = "127.0.0.1"


class Cable:
    """Listens for adb and announces itself, as long as it is plugged and nobody is connected."""

    def __init__(self, connect: Callable[[], AdbdConnection], server_port: int) -> None:
        self._connect = connect
        self._server_port = server_port
        self._reserved = _bound_socket(0)
        self._listener: asyncio.Server | None = None
        self._announcer: asyncio.Task[None] | None = None
        self._connections: set[AdbdConnection] = set()
        self._changed = asyncio.Event()

    @property
    def port(self) -> int:
        """The phone's own port; the same for its whole life."""
        port: int = self._reserved.getsockname()[1]
        return port

    @property
    def is_plugged(self) -> bool:
        """Whether the phone is reachable."""
        return self._listener is not None

    @property
    def connections(self) -> frozenset[AdbdConnection]:
        """Who is connected."""
        return frozenset(self._connections)

    async def plug(self) -> None:
        """Become reachable; harmless when plugged."""
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._connect, sock=self._reserved)
            self._announcer = loop.create_task(self._stay_announced())

    async def unplug(self) -> None:
        """Cut every connection and become unreachable; harmless when unplugged."""
        if self._listener is None or self._announcer is None:
            return
        self._announcer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._announcer
        port = self.port
        self._listener.close()
        for connection in self.connections:
            connection.drop()
        self._listener = None
        # Bound but not listening: connections are refused, and nobody else gets the port.
        self._reserved = _bound_socket(port)
        while self._connections:
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """Unplug for good."""
        await self.unplug()
        self._reserved.close()

    def connected(self, connection: AdbdConnection) -> None:
        """Take note of a connection."""
        self._connections.add(connection)
        self._changed.set()

    def disconnected(self, connection: AdbdConnection) -> None:
        """Take note of its end."""
        self._connections.discard(connection)
        self._changed.set()

    async def _stay_announced(self) -> None:
        while True:
            self._changed.clear()
            if not self._connections:
                with contextlib.suppress(OSError):
                    await announce(self._server_port, self.port)
            pause_s = None if self._connections else _RETRY_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause_s)


def _bound_socket(port: int) -> socket.socket:
    # With its protocol named: only then asyncio switches Nagle's algorithm off.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((_HOST, port))
    return bound
