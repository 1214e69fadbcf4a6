"""What the tests of virtual iPhones share: unmodified clients, and packages to install."""

import asyncio
import json
import os
import plistlib
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymobiledevice3 import usbmux
from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux
from pymobiledevice3.services.house_arrest import HouseArrestService

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID, RUNNER_PORT
from labtui.virtual.ios.bench import VirtualIphones
from labtui.virtual.ios.phone import VirtualIphone
from tests.virtual.rig import LIMIT_S, Ran

PRO_13, PRO_14, PRO_15, PRO_17 = "iphone-13-pro", "iphone-14-pro", "iphone-15-pro", "iphone-17-pro"
IPHONE_8 = "iphone-8"
TOKEN = b"0123456789abcdef" * 4


@dataclass(frozen=True)
class Iphones:
    """A bench, and where its clients may keep their records."""

    bench: VirtualIphones
    home: Path

    @property
    def phone(self) -> VirtualIphone:
        return self.bench.phones[0]

    @property
    def udid(self) -> str:
        return self.phone.udid

    async def tool(self, name: str, *args: str | Path, address: str = "") -> Ran:
        """Run a program of libimobiledevice on the first phone, or skip where it is missing."""
        return await run_tool(self, name, "-u", self.udid, *args, address=address)

    @asynccontextmanager
    async def lockdown(self, **options: Any) -> AsyncIterator[LockdownClient]:
        """Connect pymobiledevice3 to the first phone; pairs by default, without waiting."""
        defaults: dict[str, Any] = {"pair_timeout": 0, "pairing_records_cache_folder": self.home}
        client = await create_using_usbmux(self.udid, **(defaults | options))
        async with client:
            yield client

    @asynccontextmanager
    async def container(self, documents_only: bool = False) -> AsyncIterator[HouseArrestService]:
        """Open the runner's files."""
        async with self.lockdown() as lockdown:
            opened = await HouseArrestService.create(lockdown, RUNNER_BUNDLE_ID, documents_only)
            try:
                yield opened
            finally:
                await opened.aclose()


@asynccontextmanager
async def listening() -> AsyncIterator[Any]:
    """Listen with pymobiledevice3's usbmux client (which has no types of its own here)."""
    mux: Any = await usbmux.create_mux()
    async with mux:
        await mux.listen()
        await mux.receive_device_state_update()
        yield mux


def require(name: str) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here")


async def start_tool(
    iphones: Iphones, name: str, *args: str | Path, address: str = ""
) -> asyncio.subprocess.Process:
    require(name)
    own = {"USBMUXD_SOCKET_ADDRESS": address or iphones.bench.address, "HOME": str(iphones.home)}
    return await asyncio.create_subprocess_exec(
        *(name, *map(str, args)),
        env=os.environ | own,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_tool(iphones: Iphones, name: str, *args: str | Path, address: str = "") -> Ran:
    """Run a program to its end."""
    process = await start_tool(iphones, name, *args, address=address)
    try:
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    return Ran(process.returncode or 0, out, err)


def make_ipa(path: Path, bundle_id: str = "org.example.small", **info: Any) -> Path:
    """Write an app package of a few hundred bytes."""
    record = {
        "CFBundleIdentifier": bundle_id,
        "CFBundleExecutable": "Small",
        "CFBundleName": "Small",
        "CFBundleShortVersionString": "2.1",
        "MinimumOSVersion": "16.0",
        "UIFileSharingEnabled": True,
    } | info
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("Payload/", b"")
        package.writestr("Payload/Small.app/", b"")
        package.writestr("Payload/Small.app/Info.plist", plistlib.dumps(record))
        package.writestr("Payload/Small.app/Small", b"\xcf\xfa\xed\xfe" * 50)
    return path


def auth_line(token: bytes = TOKEN, protocol: int = 1) -> bytes:
    """Return what opens a connection to the runner app."""
    record = {"ev": "auth", "protocol": protocol, "token": token.decode()}
    return json.dumps(record).encode() + b"\n"


async def write_token(iphones: Iphones, token: bytes = TOKEN) -> None:
    """Put the token where the runner looks for it."""
    async with iphones.container() as files:
        await files.makedirs("/Documents/labtui")
        await files.set_file_contents("/Documents/labtui/token", token)


@asynccontextmanager
async def app_connection(
    iphones: Iphones, port: int = RUNNER_PORT
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the runner app's port through pymobiledevice3's usbmux client."""
    found = await usbmux.list_devices()
    (device,) = [device for device in found if device.serial == iphones.udid]
    connected = await device.connect(port)
    connected.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connected)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
