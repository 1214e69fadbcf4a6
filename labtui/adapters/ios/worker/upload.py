"""Sending files through AFC with several writes in flight.

pymobiledevice3's own push waits for the answer to each write; a phone answers them in order, so
that the next ones may be on their way meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pymobiledevice3.services.afc import AfcService

from labtui.adapters.ios.worker.translate import LocalFileFailed

CHUNK_BYTES = 1 << 20
IN_FLIGHT = 3

OnBytes = Callable[[int], None]


async def send_file(afc: AfcService, local: Path, remote: str, on_bytes: OnBytes) -> None:
    """Write a file to a phone; `on_bytes` gets the size of each piece that has arrived."""
    with _opened(local) as file:
        handle = await afc.fopen(remote, "w")
        await _write_all(afc, handle, file, on_bytes)
        # Not in a `finally`: a phone that does not answer would never answer this either.
        await afc.fclose(handle)


def _opened(local: Path) -> BinaryIO:
    try:
        return local.open("rb")
    except OSError as error:
        raise LocalFileFailed(f"{local} cannot be read: {error.strerror}") from error


async def _write_all(afc: AfcService, handle: int, file: BinaryIO, on_bytes: OnBytes) -> None:
    """Keep IN_FLIGHT writes on their way; tasks start, and so send, in the order of making."""
    pending: deque[tuple[asyncio.Task[None], int]] = deque()
    try:
        while chunk := file.read(CHUNK_BYTES):
            write = afc.fwrite(handle, chunk, chunk_size=CHUNK_BYTES)
            pending.append((asyncio.create_task(write), len(chunk)))
            if len(pending) >= IN_FLIGHT:
                await _arrived(pending, on_bytes)
        while pending:
            await _arrived(pending, on_bytes)
    finally:
        for task, _ in pending:
            task.cancel()
        await asyncio.gather(*(task for task, _ in pending), return_exceptions=True)


async def _arrived(pending: deque[tuple[asyncio.Task[None], int]], on_bytes: OnBytes) -> None:
    task, count = pending.popleft()
    await task
    on_bytes(count)
