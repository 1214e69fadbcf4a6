"""The sockets on one phone: a name space of its own, with nothing of the host in it."""

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from labtui.virtual.streams import Pipe


@dataclass(frozen=True, slots=True)
class SocketEnd:
    """One end of a connection between two parties on the phone."""

    incoming: Pipe
    outgoing: Pipe

    async def close(self) -> None:
        """End both directions."""
        await self.outgoing.end()
        await self.incoming.abandon()


Acceptor = Callable[[SocketEnd], Awaitable[None]]
"""Takes the listener's end of a new connection; must not wait for its traffic."""


class SocketTable:
    """Who listens where: `tcp:7000`, `localabstract:name`."""

    def __init__(self) -> None:
        self._listeners: dict[str, Acceptor] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._listeners

    def listen(self, name: str, accept: Acceptor) -> None:
        """Start to listen. Raises OSError when somebody does already."""
        if name in self._listeners:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        self._listeners[name] = accept

    def free_port(self) -> int:
        """Return a TCP port nobody listens on, for `tcp:0`."""
        return next(port for port in range(32768, 65536) if f"tcp:{port}" not in self._listeners)

    def stop(self, name: str) -> None:
        """Stop to listen; harmless when nobody does."""
        self._listeners.pop(name, None)

    async def connect(self, name: str) -> SocketEnd:
        """Return the caller's end of a new connection. Raises ConnectionRefusedError."""
        accept = self._listeners.get(name)
        if accept is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        there, back = Pipe(), Pipe()
        await accept(SocketEnd(there, back))
        return SocketEnd(back, there)
