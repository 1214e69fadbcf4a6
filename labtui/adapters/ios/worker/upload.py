"""Sending files through AFC with several writes in flight.

pymobiledevice3's own push waits for the answer to each write; a phone answers them in order, so
that the next ones may be on their way meanwhile.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pymobiledevice3.services.afc import AfcService

from labtui.adapters.ios.worker.translate import LocalFileFailed

CHUNK_BYTES = 1 << 19
IN_FLIGHT = 4

_LARGE_BYTES = 16 << 20

OnBytes = Callable[[int], None]


async def send_file(afc: AfcService, local: Path, remote: str, on_bytes: OnBytes) -> None:
    """Write a file to a phone; `on_bytes` gets the size of each piece that has arrived."""
    _keep_freed_memory()
    _widen(afc)
    with _opened(local) as file:
        handle = await afc.fopen(remote, "w")
        await _write_all(afc, handle, file, on_bytes)
        # Not in a `finally`: a phone that does not answer would never answer this either.
        await afc.fclose(handle)


def _keep_freed_memory() -> None:
    """Let glibc keep what pieces have occupied for the next ones; harmless elsewhere.

    It would hand each back to the system, and page faults then cost as much as the encryption.
    Freeing a large block once raises both thresholds (mallopt(3), M_MMAP_THRESHOLD).
    """
    bytes(_LARGE_BYTES)


def _widen(afc: AfcService) -> None:
    """Let the system take more at a time: by default 200 KiB on Linux, and 8 KiB on macOS."""
    connection = afc.service.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK_BYTES)


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
