"""The adb server's "smart socket" protocol over asyncio: one connection, one service.

Every await has a limit. Failures come as one of three: the server or phone said no
(`ServiceRefused`), the connection ended (`ConnectionEnded`), or nothing came in time (`Silent`).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from labtui.core.logs.adb_devices import AdbEntry, parse_devices_l, parse_devices_proto
from labtui.core.text import clean

ANSWER_S = 2.0
"""How long the server, or a phone's adbd, may take to answer a request."""
_LIMIT_BYTES = 1 << 20
_MAX_REFUSAL_BYTES = 4096


class SmartSocketError(Exception):
    """Something between labtui and a phone went wrong; the message is clean text."""


class ServiceRefused(SmartSocketError):
    """The server or the phone answered FAIL."""


class ConnectionEnded(SmartSocketError):
    """The connection could not be made, or was closed by the other side."""


class Unreachable(ConnectionEnded):
    """Nothing listens there."""


class Silent(SmartSocketError):
    """No answer in time."""


class NotAdb(SmartSocketError):
    """Whatever listens there does not speak adb."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an adb server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to one phone: the server, and the server's number of the connection."""

    address: Address
    transport_id: int


@contextlib.asynccontextmanager
async def translated(limit_s: float | None, doing: str) -> AsyncIterator[None]:
    """Give the body a limit (None: none) and turn what a socket raises into SmartSocketError."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        raise Silent(f"no answer for {limit_s:g} s while {doing}") from error
    except (OSError, EOFError) as error:
        raise ConnectionEnded(f"the connection ended while {doing}") from error


class SmartSocket:
    """One connection; use as a context, which closes it at once and without ceremony."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, address: Address, limit_s: float = ANSWER_S) -> Self:
        """Connect to an adb server."""
        try:
            async with translated(limit_s, f"connecting to {address}"):
                streams = await asyncio.open_connection(
                    address.host, address.port, limit=_LIMIT_BYTES
                )
        except ConnectionEnded as error:
            raise Unreachable(f"nothing listens on {address}") from error
        return cls(*streams)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def abort(self) -> None:
        """Close now; whoever waits on the connection sees its end."""
        self._writer.transport.abort()

    async def ask(self, service: str, limit_s: float = ANSWER_S) -> None:
        """Send a request and wait for OKAY."""
        request = service.encode()
        await self.send(b"%04x%b" % (len(request), request), limit_s)
        await self.okay(limit_s)

    async def okay(self, limit_s: float = ANSWER_S) -> None:
        """Wait for OKAY; raises ServiceRefused with the text that follows FAIL."""
        status = await self.exactly(4, limit_s)
        if status == b"FAIL":
            raise ServiceRefused(clean((await self.text(limit_s))[:_MAX_REFUSAL_BYTES], 200))
        if status != b"OKAY":
            raise NotAdb(f"the answer was {status!r} instead of OKAY or FAIL")

    async def text(self, limit_s: float | None = ANSWER_S) -> str:
        """Read one text with its length in front; None waits as long as it takes."""
        digits = await self.exactly(4, limit_s)
        try:
            length = int(digits, 16)
        except ValueError as error:
            raise NotAdb(f"{digits!r} is not the length of a text") from error
        return (await self.exactly(length)).decode(errors="replace")

    async def exactly(self, count: int, limit_s: float | None = ANSWER_S) -> bytes:
        """Read so many bytes."""
        async with translated(limit_s, "reading"):
            return await self._reader.readexactly(count)

    async def send(self, data: bytes | bytearray, limit_s: float = ANSWER_S) -> None:
        """Write, and wait until the connection takes more."""
        async with translated(limit_s, "sending"):
            self._writer.write(data)
            await self._writer.drain()

    def send_soon(self, data: bytes) -> None:
        """Write a few bytes without waiting."""
        self._writer.write(data)


async def server_version(address: Address) -> int:
    """Return the protocol version of the adb server; 41 for every adb since 2018."""
    async with await SmartSocket.connect(address) as socket:
        await socket.ask("host:version")
        digits = await socket.text()
    try:
        return int(digits, 16)
    except ValueError as error:
        raise NotAdb(f"{clean(digits, 20)!r} is not a version") from error


async def track_devices(address: Address) -> AsyncGenerator[tuple[AdbEntry, ...], None]:
    """Yield the server's whole device list now and after each change, until the server ends."""
    socket, parse = await _ask_to_track(address)
    async with socket:
        while True:
            yield parse(await socket.text(limit_s=None))


_Parser = Callable[[str], tuple[AdbEntry, ...]]
_LISTS: tuple[tuple[str, _Parser], ...] = (
    ("host:track-devices-proto-text", parse_devices_proto),
    ("host:track-devices-l", parse_devices_l),
)


async def _ask_to_track(address: Address) -> tuple[SmartSocket, _Parser]:
    """Ask for the list in the newest form the server knows; older servers refuse the first."""
    for service, parse in _LISTS:
        try:
            return await _opened(address, service), parse
        except ServiceRefused as error:
            refusal = error
    raise refusal


async def open_service(route: Route, service: str) -> SmartSocket:
    """Connect to a service of one phone; the caller closes the socket."""
    return await _opened(route.address, f"host:transport-id:{route.transport_id}", service)


async def _opened(address: Address, *services: str) -> SmartSocket:
    """Ask for one service after the other on a new connection."""
    socket = await SmartSocket.connect(address)
    try:
        for service in services:
            await socket.ask(service)
    except BaseException:
        socket.abort()
        raise
    return socket
