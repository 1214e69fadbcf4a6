import os
import stat
from pathlib import Path

import pytest

from labtui.errors import BenchUnavailable, UsageError
from labtui.virtual.adb_binary import find_adb
from labtui.virtual.bench import VirtualBench
from tests.virtual.rig import PIXEL, run_adb


async def test_the_servers_keys_are_its_own(bench: VirtualBench) -> None:
    assert (bench.adb_home / ".android" / "adbkey").is_file()
    assert bench.adb_home != Path.home()
    assert 5037 != bench.adb_port


async def test_everything_is_gone_afterwards() -> None:
    async with VirtualBench([PIXEL]) as bench:
        home, pid = bench.adb_home, bench.server.pid
        os.kill(pid, 0)
    assert not home.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(BenchUnavailable):
        _ = bench.adb_port


async def test_everything_is_gone_even_if_somebody_ended_the_server() -> None:
    async with VirtualBench([PIXEL]) as bench:
        home = bench.adb_home
        await run_adb(bench, "kill-server")
    assert not home.parent.exists()


async def test_an_adb_that_is_none(tmp_path: Path) -> None:
    fake = tmp_path / "adb"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(BenchUnavailable, match="adb version"):
        async with VirtualBench([PIXEL], adb_path=fake):
            pass


async def test_the_old_adb_can_be_the_server(adb: Path) -> None:
    async with VirtualBench([PIXEL], adb_path=adb) as bench:
        serial = bench.phones[0].adb_serial
        assert "hi\n" == (await run_adb(bench, "-s", serial, "shell", "echo hi", adb=adb)).text


def test_no_adb_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ADBUTILS_ADB_PATH", raising=False)
    monkeypatch.setattr("labtui.virtual.adb_binary.find_spec", lambda _: None)
    with pytest.raises(BenchUnavailable, match="platform-tools"):
        find_adb()


def test_adb_named_by_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "adb").touch(mode=0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(tmp_path / "adb"))
    assert tmp_path / "adb" == find_adb()


def test_unknown_phones_are_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError):
        VirtualBench(["nokia-3310"])


async def test_phones_are_found_by_either_serial(bench: VirtualBench) -> None:
    phone = bench.phones[0]
    assert phone is bench.phone(phone.serial) is bench.phone(phone.adb_serial)
    with pytest.raises(KeyError):
        bench.phone("nobody")
