"""A virtual bench of one's own: a child process that ends with this one, however that ends."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from labtui.errors import BenchUnavailable
from labtui.virtual.lists import parse_phone_list

START_LIMIT_S = 20.0
STOP_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class VirtualBenchAddress:
    """Where a running virtual bench is reached."""

    adb_port: int
    usbmux: str
    """Path of its usbmuxd's socket; empty when it has no iPhones."""
    phones: int
    """Of both platforms."""
    folder: Path
    """Its own folder, removed when it ends, however it ends."""


@asynccontextmanager
async def virtual_bench(phones: str) -> AsyncIterator[VirtualBenchAddress]:
    """Run virtual phones in a child until the context ends.

    Raises UsageError for phones there are not, BenchUnavailable.
    """
    parse_phone_list(phones)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "labtui", "virtual", "serve", "--exit-on-eof", "--phones", phones),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the command; the phones leave after it
    )
    try:
        yield await _address(process)
    finally:
        await _end(process)


async def _address(process: asyncio.subprocess.Process) -> VirtualBenchAddress:
    assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_LIMIT_S)
        record = json.loads(line)
        return VirtualBenchAddress(
            adb_port=record["adb_port"],
            usbmux=record["usbmux_socket"] or "",
            phones=len(record["serials"]) + len(record["udids"]),
            folder=Path(record["adb_home"]),
        )
    except (TimeoutError, ValueError, KeyError) as error:
        raise BenchUnavailable(
            "The virtual bench did not start; `labtui virtual serve` says why."
        ) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
    process.stdin.close()
    try:
        await asyncio.wait_for(process.communicate(), STOP_LIMIT_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
