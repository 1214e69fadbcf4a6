"""The sync service: sending one file."""

import asyncio
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from labtui.adapters.android.smartsocket import NotAdb, ServiceRefused, SmartSocket
from labtui.core.text import clean

DATA_BYTES = 64 * 1024
"""Most bytes adbd takes in one DATA."""
_BLOCK_BYTES = 8 * DATA_BYTES
_HEADER = struct.Struct("<4sI")
_MAX_REFUSAL_BYTES = 4096
_REGULAR_FILE = 0o100000

OnSent = Callable[[int], None]
"""Called with the bytes handed over so far."""


async def send_file(
    socket: SmartSocket, local: Path, remote: str, mode: int, *, on_sent: OnSent, limit_s: float
) -> None:
    """Send a file through an open `sync:` service.

    `limit_s` is for each wait. Raises ServiceRefused with the phone's own words, the other
    SmartSocketErrors, and OSError for the local file.
    """
    target = f"{remote},{_REGULAR_FILE | mode}".encode()
    await socket.send(_HEADER.pack(b"SEND", len(target)) + target, limit_s)
    answer = asyncio.create_task(_answer(socket, limit_s))
    try:
        await _send_content(socket, local, answer, on_sent, limit_s)
        await answer
    finally:
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)


async def _send_content(
    socket: SmartSocket, local: Path, answer: asyncio.Task[None], on_sent: OnSent, limit_s: float
) -> None:
    """Send everything and DONE, unless the phone answers early: that can only be a refusal."""
    sent_bytes = 0
    with local.open("rb") as file:
        while not answer.done() and (block := await asyncio.to_thread(file.read, _BLOCK_BYTES)):
            await socket.send(b"".join(_framed(block)), limit_s)
            sent_bytes += len(block)
            on_sent(sent_bytes)
    if not answer.done():
        await socket.send(_HEADER.pack(b"DONE", int(time.time())), limit_s)


def _framed(block: bytes) -> Iterator[bytes | memoryview]:
    view = memoryview(block)
    for start in range(0, len(block), DATA_BYTES):
        piece = view[start : start + DATA_BYTES]
        yield _HEADER.pack(b"DATA", len(piece))
        yield piece


async def _answer(socket: SmartSocket, limit_s: float) -> None:
    """Wait for the phone's verdict on the whole file. Raises ServiceRefused."""
    status, length = _HEADER.unpack(await socket.exactly(_HEADER.size, limit_s))
    if status == b"FAIL":
        words = await socket.exactly(min(length, _MAX_REFUSAL_BYTES))
        raise ServiceRefused(clean(words.decode(errors="replace"), 200))
    if status != b"OKAY":
        raise NotAdb(f"the phone answered {status!r} instead of OKAY or FAIL")
