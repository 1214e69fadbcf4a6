"""A private adb server: own port, own keys, no USB, no network discovery, no emulator scan."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
from pathlib import Path

from labtui.errors import BenchUnavailable
from labtui.virtual.adb_binary import find_adb
from labtui.virtual.clock import Deadline

_KEEPER = Path(__file__).with_name("keeper.py")
_START_S = 10.0
_STOP_S = 5.0
_ATTEMPTS = 3
_NOT_OURS = ("ADB_VENDOR_KEYS", "ADB_TRACE", "ADB_SERVER_SOCKET", "ANDROID_SERIAL")


class AdbServer:
    """Starts and stops one adb server; the user's own one is never involved."""

    def __init__(self, folder: Path, adb_path: Path | None = None) -> None:
        """Keep keys in `folder`/home. `folder` belongs to the server and goes with it."""
        self._folder = folder
        self._adb = adb_path
        self.home = folder / "home"
        self.port = 0
        self.pid = 0
        self._keeper: asyncio.subprocess.Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What an adb client needs to use this server, and to start none that is less private.

        The scan for emulators begins at port 5555: a maximum below it keeps the user's away.
        """
        return {
            "ANDROID_ADB_SERVER_PORT": str(self.port),
            "HOME": str(self.home),
            "ANDROID_USER_HOME": str(self.home / ".android"),
            "ADB_USB": "0",
            "ADB_MDNS": "0",
            "ADB_MDNS_OPENSCREEN": "0",
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "5553",
        }

    async def start(self) -> None:
        """Start on a free port and wait until it answers. Raises BenchUnavailable."""
        self.home.mkdir(exist_ok=True)
        for _ in range(_ATTEMPTS):
            self.port = self.port or _free_port()
            await self._spawn()
            if await self._answers():
                return
            self.port = 0  # somebody else was faster: try the next one
        raise BenchUnavailable("the bench's adb server did not start: does `adb version` work?")

    async def stop(self) -> None:
        """Stop the server and delete its folder; harmless when it is gone."""
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._keeper.wait(), _STOP_S)
        self._keeper = None
        # The keeper has done this, unless somebody else had ended the server before.
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _spawn(self) -> None:
        adb = self._adb or find_adb()
        environment = {k: v for k, v in os.environ.items() if k not in _NOT_OURS}
        self._keeper = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_KEEPER), str(self._folder),
            str(adb), "-P", str(self.port), "nodaemon", "server",
            env=environment | self.environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        assert self._keeper.stdout  # noqa: S101 (asked for two lines above)
        self.pid = int(await self._keeper.stdout.readline())

    async def _answers(self) -> bool:
        assert self._keeper  # noqa: S101 (only called after _spawn)
        deadline = Deadline(_START_S)
        while not deadline.is_over and self._keeper.returncode is None:
            with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError):
                return bool(await ask(self.port, "host:version"))
            await asyncio.sleep(0.01)
        return False


async def ask(port: int, request: str) -> str:
    """Send one request to an adb server and return its answer. Raises OSError or EOFError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{len(request):04x}{request}".encode())
        if await reader.readexactly(4) != b"OKAY":
            raise ConnectionRefusedError(f"adb refused {request}")
        size = int(await reader.readexactly(4), 16)
        return (await reader.readexactly(size)).decode(errors="replace")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def announce(server_port: int, phone_port: int) -> None:
    """Tell an adb server about a phone, as an emulator does. Raises OSError without a server."""
    _, writer = await asyncio.open_connection("127.0.0.1", server_port)
    try:
        request = f"host:emulator:{phone_port}"
        writer.write(f"{len(request):04x}{request}".encode())
        await writer.drain()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
