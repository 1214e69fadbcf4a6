"""What the tests of virtual phones share: adb as its users run it, and waiting without sleeping."""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labtui.virtual.adb_binary import find_adb
from labtui.virtual.bench import VirtualBench
from labtui.virtual.device import Device
from labtui.virtual.phone import VirtualPhone
from labtui.virtual.runners import ReferenceRunner
from labtui.virtual.server import ask
from labtui.virtual.shell.run import run_line
from labtui.virtual.streams import MemorySink, Pipe, StandardStreams

LIMIT_S = 30.0
REFERENCE = ReferenceRunner("the test asks for it")
TMP = "/data/local/tmp"
PIXEL = "pixel-7-pro"
ADBS = {
    str(path): path for path in (find_adb(), Path(shutil.which("adb") or find_adb()))
}  # the bundled one and the distribution's, once if they are the same


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode()


async def start_adb(
    bench: VirtualBench, *args: str | Path, adb: Path | None = None
) -> asyncio.subprocess.Process:
    """Start an adb client that sees only the private server."""
    return await asyncio.create_subprocess_exec(
        *(str(adb or find_adb()), *map(str, args)),
        env=os.environ | bench.server.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_adb(
    bench: VirtualBench, *args: str | Path, adb: Path | None = None, stdin: bytes = b""
) -> Ran:
    """Run an adb client to its end."""
    process = await start_adb(bench, *args, adb=adb)
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    return Ran(process.returncode or 0, out, err)


@dataclass(frozen=True)
class Handset:
    """One phone through one adb program."""

    bench: VirtualBench
    phone: VirtualPhone
    adb: Path | None = None

    async def run(self, *args: str | Path, stdin: bytes = b"") -> Ran:
        serial = self.phone.adb_serial
        return await run_adb(self.bench, "-s", serial, *args, adb=self.adb, stdin=stdin)

    async def start(self, *args: str | Path) -> asyncio.subprocess.Process:
        return await start_adb(self.bench, "-s", self.phone.adb_serial, *args, adb=self.adb)

    async def state(self) -> str:
        """Return what the adb server lists the phone as; empty when it does not."""
        return await listed_state(self.bench, self.phone)


async def listed_state(bench: VirtualBench, phone: VirtualPhone) -> str:
    lines = (await ask(bench.adb_port, "host:devices")).splitlines()
    states = dict(line.split("\t") for line in lines)
    return states.get(phone.adb_serial, "")


async def becomes(bench: VirtualBench, phone: VirtualPhone, state: str) -> None:
    """Wait until the adb server lists the phone as `state`."""
    seen = ""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, EOFError):
            if (seen := await listed_state(bench, phone)) == state:
                return
        await asyncio.sleep(0.01)
    raise AssertionError(f"listed as {seen!r}, not {state!r}")


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        await asyncio.sleep(0.005)


async def shell(device: Device, line: str, stdin: bytes = b"") -> Ran:
    """Run a command line on a device that has no cable."""
    source, out, err = Pipe(), MemorySink(), MemorySink()
    if stdin:
        await source.write(stdin)
    await source.end()
    status = await asyncio.wait_for(
        run_line(device, line, StandardStreams(source, out, err)), LIMIT_S
    )
    return Ran(status, bytes(out.data), bytes(err.data))
