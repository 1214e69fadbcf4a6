"""One stream of a connection, with adb's flow control: one unacknowledged packet each way."""

import asyncio
from collections import deque
from collections.abc import Callable

from labtui.virtual.adbd.packet import Command, Packet
from labtui.virtual.streams import Chunk

_MAX_BUFFERED = 1 << 20


class AdbStream:
    """Bytes in, bytes out. The connection feeds it; a service reads and writes it."""

    def __init__(
        self, send: Callable[[Packet], None], local_id: int, remote_id: int, max_payload: int
    ) -> None:
        self._send = send
        self.local_id = local_id
        self.remote_id = remote_id
        self._max_payload = max_payload
        self.closed_by_host = asyncio.Event()
        self._is_closed = False
        self._incoming: deque[Chunk] = deque()
        self._buffered = 0
        self._owes_okay = False
        self._arrived = asyncio.Event()
        self._write_turn = asyncio.Lock()
        self._acknowledged = asyncio.Event()
        self._acknowledged.set()

    async def read(self) -> Chunk:
        """Return the next bytes from the host; empty once it has closed and all is read."""
        while not self._incoming:
            if self._is_over:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        chunk = self._incoming.popleft()
        self._buffered -= len(chunk)
        if self._owes_okay and self._buffered < _MAX_BUFFERED:
            self._owes_okay = False
            self._okay()
        return chunk

    async def write(self, data: Chunk) -> None:
        """Send bytes to the host in packets it accepts. Raises BrokenPipeError once closed."""
        view = memoryview(data)
        async with self._write_turn:
            for start in range(0, len(view), self._max_payload):
                await self._acknowledged.wait()
                if self._is_over:
                    raise BrokenPipeError
                self._acknowledged.clear()
                piece = bytes(view[start : start + self._max_payload])
                self._send(Packet(Command.WRTE, self.local_id, self.remote_id, piece))

    async def opened(self) -> None:
        """Wait for the host's answer to an OPEN of ours. Raises ConnectionRefusedError on no."""
        await self._acknowledged.wait()
        if self._is_over:
            raise ConnectionRefusedError

    def expect_answer(self) -> None:
        """Hold back writes until the host has answered an OPEN of ours."""
        self._acknowledged.clear()

    def close(self) -> None:
        """Close our end; harmless when closed already."""
        if not self._is_closed:
            self._is_closed = True
            self._send(Packet(Command.CLSE, self.local_id, self.remote_id))
        self._wake()

    def on_data(self, data: Chunk) -> None:
        """Take bytes from the host; acknowledge them unless too many are unread."""
        self._incoming.append(data)
        self._buffered += len(data)
        self._arrived.set()
        if self._buffered < _MAX_BUFFERED:
            self._okay()
        else:
            self._owes_okay = True

    def on_okay(self, remote_id: int) -> None:
        """Take the host's acknowledgement of our OPEN or WRTE."""
        self.remote_id = remote_id
        self._acknowledged.set()

    def on_close(self) -> None:
        """Take the host's close: end of input, and nobody listens any more."""
        self.closed_by_host.set()
        self.close()

    def on_lost(self) -> None:
        """Take the end of the whole connection: like a close, but nothing can be sent."""
        self._is_closed = True
        self.closed_by_host.set()
        self._wake()

    @property
    def _is_over(self) -> bool:
        return self._is_closed or self.closed_by_host.is_set()

    def _okay(self) -> None:
        if not self._is_over:
            self._send(Packet(Command.OKAY, self.local_id, self.remote_id))

    def _wake(self) -> None:
        self._arrived.set()
        self._acknowledged.set()
