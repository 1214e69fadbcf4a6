"""The adb server: where it is, whether it can be talked to, and starting one."""

import asyncio
import contextlib
import ipaddress
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from labtui.adapters.android.smartsocket import (
    Address,
    SmartSocketError,
    Unreachable,
    server_version,
)
from labtui.core.text import clean
from labtui.errors import BenchUnavailable

DEFAULT_PORT = 5037
OLDEST_VERSION = 41
START_LIMIT_S = 15.0
"""A server may take seconds to look through the USB bus before it listens."""

_PLATFORM_TOOLS = "https://developer.android.com/tools/releases/platform-tools"


@dataclass(frozen=True, slots=True)
class AndroidConfig:
    """Which adb server to use and what labtui may do about it."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    may_start_server: bool = True
    """Start a server, as every adb client does, when none listens on a local port."""
    may_leave_host: bool = False
    """Talk to a server on another computer: its protocol knows no passwords."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables for a server that labtui starts, on top of its own."""

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return Address(self.host, self.port)

    @property
    def is_local(self) -> bool:
        """Whether the server can only be reached from this computer."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


async def ensure_server(config: AndroidConfig) -> None:
    """Return when an adb server of a usable version answers. Raises BenchUnavailable."""
    if not config.is_local and not config.may_leave_host:
        raise BenchUnavailable(
            f"The adb server {config.address} is on another computer, and its protocol is open to "
            "everybody on the network: forward its port through ssh, or set may_leave_host = "
            "true in the config file."
        )
    if (version := await _version(config.address)) is None:
        await _start(config)
        version = await _version(config.address)
    _check(config.address, version)


async def _version(address: Address) -> int | None:
    """Return the server's version, None when nothing listens. Raises BenchUnavailable."""
    try:
        return await server_version(address)
    except Unreachable:
        return None
    except SmartSocketError as error:
        raise BenchUnavailable(
            f"Something other than an adb server listens on {address}: stop it, or set "
            "ANDROID_ADB_SERVER_PORT to a free port."
        ) from error


def _check(address: Address, version: int | None) -> None:
    if version is None:
        raise BenchUnavailable(
            f"The adb server on {address} ended right after its start: run `adb nodaemon server` "
            "to see why."
        )
    if version < OLDEST_VERSION:
        raise BenchUnavailable(
            f"The adb server on {address} speaks version {version} and labtui needs "
            f"{OLDEST_VERSION}: when nobody else needs it, run `adb kill-server`, and install "
            f"platform-tools from {_PLATFORM_TOOLS}."
        )


async def _start(config: AndroidConfig) -> None:
    """Start a server on the configured port, never on another. Raises BenchUnavailable."""
    if not config.is_local or not config.may_start_server:
        raise BenchUnavailable(
            f"No adb server listens on {config.address}: start it with "
            f"`adb -P {config.port} start-server`."
        )
    try:
        async with asyncio.timeout(START_LIMIT_S):
            await _start_with(await asyncio.to_thread(find_adb), config)
    except TimeoutError as error:
        raise BenchUnavailable(
            f"`adb start-server` did not finish within {START_LIMIT_S:g} s: unplug all phones, "
            "try it by hand, and plug them in again."
        ) from error
    except OSError as error:
        raise BenchUnavailable(f"adb cannot be started: {error.strerror}.") from error


async def _start_with(adb: str, config: AndroidConfig) -> None:
    with tempfile.TemporaryFile() as output:
        exit_code = await _start_server(adb, config, output)
        output.seek(0)
        said = clean(output.read(2000).decode(errors="replace").strip().replace("\n", " "), 300)
    if exit_code != 0:
        raise BenchUnavailable(f"`{adb} start-server` failed on port {config.port}: {said}")


async def _start_server(adb: str, config: AndroidConfig, output: BinaryIO) -> int:
    """Run `adb start-server`; a file takes its words, for the server would keep a pipe open."""
    process = await asyncio.create_subprocess_exec(
        adb, "-P", str(config.port), "start-server",
        stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
        env=server_environment(config),
    )  # fmt: skip
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def server_environment(config: AndroidConfig) -> dict[str, str]:
    """Return the environment of a server; adb ignores -P for some of its own restarts."""
    port = {"ANDROID_ADB_SERVER_PORT": str(config.port)}
    return {**os.environ, **config.environment, **port}


def find_adb() -> str:
    """Return an adb: $ADBUTILS_ADB_PATH, else on PATH, else the one that adbutils brings.

    Blocking. Raises BenchUnavailable where there is none.
    """
    import adbutils  # noqa: PLC0415 (0.2 s that only a missing server costs)

    try:
        path: str = adbutils.adb_path()
    except adbutils.AdbError as error:
        raise BenchUnavailable(no_adb_sentence()) from error
    if not os.access(path, os.X_OK):
        raise BenchUnavailable(
            f"ADBUTILS_ADB_PATH names {clean(path, 200)}, which is no program: correct it or "
            "unset it."
        )
    return path


def no_adb_sentence() -> str:
    """Say where to get adb on this kind of computer."""
    system, machine = platform.system(), platform.machine()
    cure = {
        ("Darwin", "arm64"): "run `brew install --cask android-platform-tools`",
        ("Linux", "aarch64"): "install your distribution's `adb` package (`apt install adb`)",
    }.get((system, machine), f"install platform-tools from {_PLATFORM_TOOLS}")
    return (
        f"There is no adb on this computer ({system} {machine}), and none comes with Python "
        f"packages for it: {cure}, or set ADBUTILS_ADB_PATH."
    )
