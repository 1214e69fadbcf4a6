"""Real adb servers of one's own."""

import asyncio
import contextlib
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import adbutils

from labtui.adapters.android.server import AndroidConfig, server_environment
from labtui.adapters.android.smartsocket import SmartSocketError, server_version

BUNDLED_ADB = str(Path(adbutils.__file__).parent / "binaries" / "adb")
SYSTEM_ADB = shutil.which("adb")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RealServer:
    """A private adb server: own port, own keys, no USB, no mDNS."""

    adb: str
    config: AndroidConfig
    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start_real_server(adb: str, home: Path) -> RealServer:
    environment = {"HOME": str(home), "ADB_USB": "0", "ADB_MDNS": "0"}
    config = AndroidConfig(port=free_port(), may_start_server=False, environment=environment)
    process = await asyncio.create_subprocess_exec(
        adb, "nodaemon", "server",
        env=server_environment(config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    server = RealServer(adb, config, process)
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(SmartSocketError):
                await server_version(config.address)
                return server
            await asyncio.sleep(0.02)
