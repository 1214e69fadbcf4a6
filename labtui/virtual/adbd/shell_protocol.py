"""The `shell:` and `exec:` services: raw bytes (v1), or packets with exit status (v2)."""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from enum import IntEnum

from labtui.virtual.adbd.stream import AdbStream
from labtui.virtual.streams import Chunk, Pipe, Reader, StandardStreams
from labtui.virtual.tasks import uninterrupted

Run = Callable[[StandardStreams], Awaitable[int]]
"""Runs a command with its streams and returns its exit status."""

_HEADER = struct.Struct("<BI")


class PacketId(IntEnum):
    """Kinds of shell v2 packets."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW_SIZE = 5


class ShellSink:
    """An output stream of a v2 shell."""

    def __init__(self, stream: AdbStream, packet_id: PacketId) -> None:
        self._stream = stream
        self._packet_id = packet_id

    async def write(self, data: Chunk) -> None:
        """Send bytes as one packet. Raises BrokenPipeError when the host has closed."""
        if data:
            await self._stream.write(_HEADER.pack(self._packet_id, len(data)) + data)


async def serve_raw(stream: AdbStream, run: Run) -> None:
    """Run a command on bare bytes: a close by the host is only the end of its input."""
    await run(StandardStreams(stream, stream, stream))


async def serve_v2(stream: AdbStream, run: Run) -> None:
    """Run a command with packets; a close by the host hangs up on it (SIGHUP)."""
    stdin = Pipe()
    out, err = ShellSink(stream, PacketId.STDOUT), ShellSink(stream, PacketId.STDERR)
    job = asyncio.ensure_future(run(StandardStreams(stdin, out, err)))
    feeder = asyncio.create_task(_feed(stream, stdin))
    hang_up = asyncio.create_task(stream.closed_by_host.wait())
    try:
        await asyncio.wait({job, hang_up}, return_when=asyncio.FIRST_COMPLETED)
        if job.done():
            await stream.write(_HEADER.pack(PacketId.EXIT, 1) + bytes([job.result() & 0xFF]))
    finally:
        for task in (job, feeder, hang_up):
            task.cancel()
        # A program among them takes a moment to end, and nobody else waits for it.
        await uninterrupted(asyncio.gather(job, feeder, hang_up, return_exceptions=True))


async def _feed(stream: AdbStream, stdin: Pipe) -> None:
    """Pass the host's stdin packets on until it closes them."""
    reader = Reader(stream)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            packet_id, size = _HEADER.unpack(await reader.exactly(_HEADER.size))
            async for piece in reader.pieces(size):
                if packet_id == PacketId.STDIN:
                    await stdin.write(bytes(piece))
            if packet_id == PacketId.CLOSE_STDIN:
                break
    await stdin.end()
