"""One connection to a phone, and what can happen to the bytes on it."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable

from labtui.virtual.ios.wire import Record, decode_plist, frame_plist, plist_length
from labtui.virtual.streams import Chunk

_CHUNK_BYTES = 1 << 18
_CLOSE_S = 1.0


class ByteFuse:
    """Does something once, after so many bytes of payload: file content, or a runner's events."""

    def __init__(self) -> None:
        self._left_bytes = 0
        self._blow: Callable[[], None] | None = None

    def arm(self, after_bytes: int, blow: Callable[[], None]) -> None:
        """Call `blow` when `after_bytes` more have passed."""
        self._left_bytes, self._blow = after_bytes, blow

    def disarm(self) -> None:
        """Let everything pass."""
        self._blow = None

    def room(self, count: int) -> int:
        """Return how many of `count` bytes may pass as one piece, at least 1."""
        return count if self._blow is None else max(1, min(count, self._left_bytes))

    def carry(self, count: int) -> None:
        """Take note of bytes that have passed."""
        self._left_bytes -= count
        if self._blow is not None and self._left_bytes <= 0:
            blow, self._blow = self._blow, None
            blow()


class Link:
    """Bytes both ways; TLS from the middle on; none at all while the phone hangs."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, awake: asyncio.Event
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._awake = awake
        """Not set while the phone hangs: what comes is not read, what should go stays."""
        self._is_cut = False

    async def read(self) -> bytes:
        """Return the next bytes, empty at the end."""
        return await self.read_some(_CHUNK_BYTES)

    async def read_some(self, limit: int) -> bytes:
        """Return 1 to `limit` bytes, empty at the end.

        usbmuxd knows no half-closed connections: the end of one direction is that of both.
        """
        data = await self._reader.read(min(limit, _CHUNK_BYTES))
        await self._awake.wait()
        if not data:
            self.cut()
        # What had come before the cut lies on the host's side of it.
        return b"" if self._is_cut else data

    async def read_exactly(self, count: int) -> bytes:
        """Return `count` bytes. Raises EOFError when the client goes before that."""
        data = await self._reader.readexactly(count)
        await self._awake.wait()
        if self._is_cut:
            raise EOFError
        return data

    async def read_plist(self) -> Record:
        """Return the next record. Raises EOFError at the end, WireError for anything else."""
        length = plist_length(await self.read_exactly(4))
        return decode_plist(await self.read_exactly(length))

    async def write(self, data: Chunk) -> None:
        """Send bytes. Raises BrokenPipeError when the client or the cable is gone."""
        await self._awake.wait()
        try:
            if self._writer.is_closing():
                raise BrokenPipeError
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError as error:
            raise BrokenPipeError from error

    async def write_plist(self, record: Record) -> None:
        """Send a record. Raises BrokenPipeError."""
        await self.write(frame_plist(record))

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on encrypted, as the server. Raises OSError when the client is not let in."""
        await self._writer.start_tls(context)

    def cut(self) -> None:
        """End at once, as a pulled cable does."""
        self._is_cut = True
        self._writer.transport.abort()

    async def close(self) -> None:
        """Say goodbye, but wait only a moment for the answer."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), _CLOSE_S)
        self._writer.transport.abort()
