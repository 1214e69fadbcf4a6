import asyncio
import sys
from pathlib import Path

import adbutils
import pytest

from labtui.adapters.android import server
from labtui.adapters.android.server import AndroidConfig, ensure_server, find_adb
from labtui.adapters.android.smartsocket import server_version
from labtui.errors import BenchUnavailable
from tests.adapters.android.fake_server import FakeServer
from tests.adapters.android.real_adb import BUNDLED_ADB, SYSTEM_ADB, RealServer, free_port


async def test_a_running_server_is_used_as_it_is(real_server: RealServer) -> None:
    await ensure_server(real_server.config)


@pytest.mark.parametrize("adb", [BUNDLED_ADB, SYSTEM_ADB], ids=["bundled", "system"])
async def test_a_missing_server_is_started_on_its_own_port(
    adb: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if adb is None:
        pytest.skip("there is no such adb here")
    monkeypatch.setenv("ADBUTILS_ADB_PATH", adb)
    environment = {"HOME": str(tmp_path), "ADB_USB": "0", "ADB_MDNS": "0"}
    config = AndroidConfig(port=free_port(), environment=environment)
    try:
        await ensure_server(config)
        assert await server_version(config.address) == 41
    finally:
        stop = await asyncio.create_subprocess_exec(adb, "-P", str(config.port), "kill-server")
        await stop.wait()


async def test_a_server_of_another_version_is_named_and_left_alone(
    fake_server: FakeServer,
) -> None:
    fake_server.version = 39
    with pytest.raises(BenchUnavailable, match=r"speaks version 39 .*needs 41.*kill-server"):
        await ensure_server(fake_server.config)
    assert fake_server.asked == ["host:version"]


async def test_something_else_on_the_port() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(16)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as other:
        config = AndroidConfig(port=other.sockets[0].getsockname()[1])
        with pytest.raises(BenchUnavailable, match=f"other than an adb server.*{config.port}"):
            await ensure_server(config)


@pytest.mark.parametrize("host", ["192.0.2.1", "lab.example", "0.0.0.0"])  # noqa: S104 (refused)
async def test_another_host_is_refused_unless_asked_for(host: str) -> None:
    with pytest.raises(BenchUnavailable, match="on another computer"):
        await ensure_server(AndroidConfig(host=host, port=free_port()))


async def test_no_server_and_none_may_be_started() -> None:
    config = AndroidConfig(port=free_port(), may_start_server=False)
    with pytest.raises(BenchUnavailable, match=f"adb -P {config.port} start-server"):
        await ensure_server(config)


async def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "ADBUTILS_ADB_PATH", _program(tmp_path, "print('no \\x1b[31mroom'); exit(1)")
    )
    with pytest.raises(BenchUnavailable, match=r"failed on port \d+: no �\[31mroom"):
        await ensure_server(AndroidConfig(port=free_port()))


async def test_a_server_that_never_finishes_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "START_LIMIT_S", 0.2)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", _program(tmp_path, "import time; time.sleep(60)"))
    with pytest.raises(BenchUnavailable, match="did not finish within"):
        await ensure_server(AndroidConfig(port=free_port()))


async def test_an_adb_that_this_computer_cannot_execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", _program(tmp_path, "", start="\x7fELF"))
    with pytest.raises(BenchUnavailable, match="cannot be started: Exec format error"):
        await ensure_server(AndroidConfig(port=free_port()))


async def test_a_server_that_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", _program(tmp_path, "pass"))
    with pytest.raises(BenchUnavailable, match="ended right after its start"):
        await ensure_server(AndroidConfig(port=free_port()))


def _program(folder: Path, code: str, start: str = f"#!{sys.executable}") -> str:
    program = folder / "adb"
    program.write_text(f"{start}\n{code}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("system", "machine", "cure"),
    [
        ("Darwin", "arm64", "brew install"),
        ("Linux", "aarch64", "apt install adb"),
        ("Windows", "AMD64", "platform-tools from https"),
    ],
)
def test_no_adb_at_all(
    system: str, machine: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> str:
        raise adbutils.AdbError("none")

    monkeypatch.setattr(adbutils, "adb_path", nothing)
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(BenchUnavailable, match=cure):
        find_adb()


def test_a_path_that_is_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(tmp_path / "adb"))
    with pytest.raises(BenchUnavailable, match="which is no program"):
        find_adb()
