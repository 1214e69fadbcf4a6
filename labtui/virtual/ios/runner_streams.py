"""What goes to a runner and comes from it, on its way through the app's connection."""

import json

from labtui.core.protocol import MAX_LINE_BYTES, ProtocolViolation
from labtui.core.protocol.fields import parse_object
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import WireError
from labtui.virtual.streams import ByteSource, Chunk

_READING = b'{"ev":"reading"'


class Lines:
    """A host's lines: some are taken one by one, the rest is a program's input until a stop."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._data = b""
        self._is_ended = False

    async def next(self) -> bytes:
        """Return the next line with its newline. Raises EOFError, WireError for an endless one."""
        while b"\n" not in self._data:
            if len(self._data) > MAX_LINE_BYTES:
                raise WireError("an endless line")
            more = await self._source.read()
            if not more:
                raise EOFError
            self._data += more
        line, newline, self._data = self._data.partition(b"\n")
        return line + newline

    def put_back(self, line: bytes) -> None:
        """Let a line come again."""
        self._data = line + self._data

    async def read(self) -> bytes:
        """Return the next line; empty for ever once the host has said stop or has gone."""
        line = b"" if self._is_ended else await self._next_or_nothing()
        self._is_ended = not line or _is_stop(line)
        return b"" if self._is_ended else line

    async def _next_or_nothing(self) -> bytes:
        try:
            return await self.next()
        except (EOFError, WireError):
            return b""


def _is_stop(line: bytes) -> bool:
    try:
        return parse_object(line).get("ev") == "stop"
    except ProtocolViolation:
        return False


class EventSink:
    """Sends events to the host, past the phone's fuse; readings gain what iOS tells of its heat."""

    def __init__(self, phone: Iphone, link: Link) -> None:
        self._phone = phone
        self._link = link
        self._tail = b""

    async def write(self, data: Chunk) -> None:
        """Send whole lines. Raises BrokenPipeError."""
        *lines, self._tail = (self._tail + bytes(data)).split(b"\n")
        if lines:
            await self._send(b"".join(self._completed(line) + b"\n" for line in lines))

    async def end(self) -> None:
        """Send the rest: a line that was cut off. Raises BrokenPipeError."""
        await self._send(self._tail)

    def _completed(self, line: bytes) -> bytes:
        if not line.startswith(_READING):
            return line
        state = self._phone.thermal_state.name.lower()
        told = {"thermal_state": state, "low_power": self._phone.is_low_power}
        record = json.loads(line) | told
        return json.dumps(record, separators=(",", ":")).encode()

    async def _send(self, data: bytes) -> None:
        rest, fuse = memoryview(data), self._phone.fuse
        while rest:
            room = fuse.room(len(rest))
            await self._link.write(rest[:room])
            fuse.carry(room)
            rest = rest[room:]
