"""Byte streams between adb, the phone's shell and its programs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

Chunk = bytes | bytearray | memoryview

_PIPE_BYTES = 1 << 16


class ByteSource(Protocol):
    """Where bytes come from."""

    async def read(self) -> Chunk:
        """Return the next bytes, empty at the end."""
        ...


class ByteSink(Protocol):
    """Where bytes go."""

    async def write(self, data: Chunk) -> None:
        """Pass bytes on. Raises BrokenPipeError when nobody reads any more."""
        ...


@dataclass(frozen=True, slots=True)
class StandardStreams:
    """The three streams of a command."""

    stdin: ByteSource
    stdout: ByteSink
    stderr: ByteSink


class NoInput:
    """A source that is at its end."""

    async def read(self) -> bytes:
        """Return nothing."""
        return b""


class NullSink:
    """Forgets what is written to it."""

    async def write(self, data: Chunk) -> None:
        """Do nothing."""


class MemorySink:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.data = bytearray()

    async def write(self, data: Chunk) -> None:
        """Append the bytes."""
        self.data += data


class Pipe:
    """A bounded pipe: writers wait for the reader, and break when it is gone."""

    def __init__(self, capacity: int = _PIPE_BYTES) -> None:
        self._capacity = capacity
        self._chunks: deque[Chunk] = deque()
        self._size = 0
        self._is_ended = False
        self._is_broken = False
        self._changed = asyncio.Condition()

    async def read(self) -> Chunk:
        """Return the next bytes; empty once the writer has ended and everything is read."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._chunks or self._is_ended)
            if not self._chunks:
                return b""
            chunk = self._chunks.popleft()
            self._size -= len(chunk)
            self._changed.notify_all()
            return chunk

    async def write(self, data: Chunk) -> None:
        """Add bytes, waiting while the pipe is full. Raises BrokenPipeError without a reader."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._size < self._capacity or self._is_broken)
            if self._is_broken:
                raise BrokenPipeError
            if data:
                self._chunks.append(data)
                self._size += len(data)
                self._changed.notify_all()

    async def end(self) -> None:
        """Say that nothing more will be written."""
        async with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    async def abandon(self) -> None:
        """Say that nobody will read any more."""
        async with self._changed:
            self._is_broken = True
            self._changed.notify_all()


class Reader:
    """Cuts a source into pieces of known length."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._rest = memoryview(b"")

    async def exactly(self, count: int) -> bytes:
        """Return `count` bytes. Raises EOFError when the source ends before that."""
        return b"".join([bytes(piece) async for piece in self.pieces(count)])

    async def pieces(self, count: int) -> AsyncIterator[memoryview]:
        """Yield `count` bytes as they come, uncopied. Raises EOFError on an early end."""
        while count:
            if not self._rest:
                self._rest = memoryview(await self._source.read())
                if not self._rest:
                    raise EOFError
            piece, self._rest = self._rest[:count], self._rest[count:]
            count -= len(piece)
            yield piece

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield lines with their newline; the last one may lack it."""
        tail = bytes(self._rest)
        self._rest = memoryview(b"")
        while chunk := await self._source.read():
            *lines, tail = (tail + bytes(chunk)).split(b"\n")
            for line in lines:
                yield line + b"\n"
        if tail:
            yield tail
