"""A client of usbmuxd: which phones are attached, and connections to their ports.

Every await has a limit. Failures come as one of four: nothing listens (`Unreachable`), the
daemon or the phone said no (`Refused`), the connection ended (`Ended`), or nothing came in time
(`Silent`).
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from labtui.adapters.ios.plists import (
    MUX_HEADER,
    MuxEntry,
    NotAPlist,
    Record,
    decode_plist,
    frame_mux,
    mux_body_bytes,
    text_of,
)
from labtui.core.text import clean
from labtui.errors import UsageError

ANSWER_S = 2.0
"""How long usbmuxd, or a phone behind it, may take to answer."""
DEFAULT_SOCKET = "/var/run/usbmuxd"
_BUFFER_BYTES = 1 << 20
_CLIENT = {"ClientVersionString": "labtui", "ProgName": "labtui", "kLibUSBMuxVersion": 3}


class MuxError(Exception):
    """Something between labtui and a phone went wrong; the message is clean text."""


class Ended(MuxError):
    """The connection was closed by the other side."""


class Unreachable(Ended):
    """No usbmuxd listens there."""


class Silent(MuxError):
    """No answer in time."""


class NotUsbmuxd(MuxError):
    """Whatever listens there does not speak usbmux."""


class Refused(MuxError):
    """usbmuxd said no: nothing listens at that port of the phone, or the phone has left."""


@dataclass(frozen=True, slots=True)
class MuxAddress:
    """Where usbmuxd listens: a unix socket, or a TCP port."""

    path: str = DEFAULT_SOCKET
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, `UNIX:/path` or a bare path. Raises UsageError."""
        if not text:
            return cls()
        path = text.removeprefix("UNIX:")
        if path.startswith("/"):
            return cls(path=path)
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UsageError(
                f"USBMUXD_SOCKET_ADDRESS is {clean(text)!r}: give host:port or UNIX:/path."
            )
        return cls(path="", host=host, port=int(port))

    @property
    def is_local(self) -> bool:
        """Whether only this computer reaches it."""
        try:
            return bool(self.path) or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        """Return the form that pymobiledevice3 understands."""
        return self.path or f"{self.host}:{self.port}"


@contextlib.asynccontextmanager
async def translated(limit_s: float | None, doing: str) -> AsyncIterator[None]:
    """Give the body a limit (None: none) and turn what a socket raises into MuxError."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        raise Silent(f"no answer for {limit_s:g} s while {doing}") from error
    except NotAPlist as error:
        raise NotUsbmuxd(str(error)) from error
    except (OSError, EOFError) as error:
        raise Ended(f"the connection ended while {doing}") from error


@dataclass(slots=True)
class MuxStream:
    """One connection; use as a context, which closes it at once and without ceremony."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _tag: int = field(default=0)

    @classmethod
    async def open(cls, address: MuxAddress, limit_s: float = ANSWER_S) -> Self:
        """Connect to usbmuxd. Raises Unreachable or Silent."""
        try:
            async with translated(limit_s, f"connecting to {address}"):
                if address.path:
                    return cls(
                        *await asyncio.open_unix_connection(address.path, limit=_BUFFER_BYTES)
                    )
                return cls(
                    *await asyncio.open_connection(address.host, address.port, limit=_BUFFER_BYTES)
                )
        except Ended as error:
            raise Unreachable(f"no usbmuxd listens on {address}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close now, and let go of the socket."""
        self.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    def abort(self) -> None:
        """Close now; whoever waits on the connection sees its end."""
        self.writer.transport.abort()

    async def ask(self, message: str, limit_s: float = ANSWER_S, **fields: object) -> Record:
        """Send a request and return the answer; raises Refused when it is a failure."""
        self._tag += 1
        async with translated(limit_s, f"asking usbmuxd for {message}"):
            self.writer.write(frame_mux({"MessageType": message, **fields, **_CLIENT}, self._tag))
            await self.writer.drain()
            answer = await self._message()
        if answer.get("MessageType") == "Result" and answer.get("Number") != 0:
            raise Refused(f"usbmuxd refused {message} with result {_number(answer)}")
        return answer

    async def line(self, limit_s: float) -> bytes:
        """Read one line from a port; what came before the end when there is no more."""
        async with translated(limit_s, "reading"):
            try:
                return await self.reader.readline()
            except ValueError as error:
                raise NotAPlist("a line without an end") from error

    async def next_message(self) -> Record:
        """Wait as long as it takes for what usbmuxd has to tell."""
        async with translated(None, "listening to usbmuxd"):
            return await self._message()

    async def _message(self) -> Record:
        header = await self.reader.readexactly(MUX_HEADER.size)
        return decode_plist(await self.reader.readexactly(mux_body_bytes(header)))


def _number(answer: Record) -> int:
    number = answer.get("Number")
    return number if isinstance(number, int) else -1


async def list_entries(address: MuxAddress) -> tuple[MuxEntry, ...]:
    """Return what is attached now."""
    async with await MuxStream.open(address) as stream:
        listed = (await stream.ask("ListDevices")).get("DeviceList")
    records = listed if isinstance(listed, list) else []
    found = (MuxEntry.from_record(record) for record in records if isinstance(record, dict))
    return tuple(entry for entry in found if entry)


async def track_entries(address: MuxAddress) -> AsyncGenerator[tuple[MuxEntry, ...], None]:
    """Yield everything attached now and after each change, until usbmuxd ends (`Ended`).

    usbmuxd tells of what is there one by one; the list comes first, so that none is missing.
    """
    async with await MuxStream.open(address) as stream:
        await stream.ask("Listen")
        attached = {entry.device_id: entry for entry in await list_entries(address)}
        yield tuple(attached.values())
        while True:
            before = dict(attached)
            _apply(attached, await stream.next_message())
            if attached != before:
                yield tuple(attached.values())


def _apply(attached: dict[int, MuxEntry], message: Record) -> None:
    if text_of(message, "MessageType") == "Attached" and (entry := MuxEntry.from_record(message)):
        attached[entry.device_id] = entry
    elif text_of(message, "MessageType") == "Detached":
        gone = message.get("DeviceID")
        attached.pop(gone if isinstance(gone, int) else 0, None)


async def connect(
    address: MuxAddress, device_id: int, port: int, limit_s: float = ANSWER_S
) -> MuxStream:
    """Connect to a port of a phone; the caller closes the stream.

    Raises Refused when nothing listens there, other MuxErrors.
    """
    stream = await MuxStream.open(address, limit_s)
    try:
        # usbmuxd takes the port in network byte order.
        swapped = (port & 0xFF) << 8 | port >> 8
        await stream.ask("Connect", limit_s, DeviceID=device_id, PortNumber=swapped)
    except BaseException:
        stream.abort()
        raise
    return stream


async def delete_pair_record(address: MuxAddress, serial: str) -> None:
    """Let usbmuxd forget a pairing; harmless when it knows none."""
    async with await MuxStream.open(address) as stream:
        with contextlib.suppress(Refused):
            await stream.ask("DeletePairRecord", PairRecordID=serial)
