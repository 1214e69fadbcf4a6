"""The package adb-shell, unmodified: it talks to a phone without any adb server."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from adb_shell.adb_device import AdbDeviceTcp
from adb_shell.auth.keygen import keygen
from adb_shell.auth.sign_pythonrsa import PythonRSASigner
from adb_shell.exceptions import AdbTimeoutError, TcpTimeoutException

from labtui.virtual.adbd.auth import Trust
from labtui.virtual.bench import VirtualBench
from labtui.virtual.phone import VirtualPhone
from tests.virtual.rig import TMP

LIMIT_S = 10.0


@pytest.fixture
async def phone(bench: VirtualBench) -> VirtualPhone:
    return bench.phones[0]


def signer(folder: Path) -> PythonRSASigner:
    keygen(str(folder / "key"))
    return PythonRSASigner.FromRSAKeyPath(str(folder / "key"))


def talk(port: int, keys: list[Any], auth_s: float = LIMIT_S) -> str:
    device = AdbDeviceTcp("127.0.0.1", port, default_transport_timeout_s=LIMIT_S)
    try:
        device.connect(rsa_keys=keys, auth_timeout_s=auth_s)
        return str(device.shell("echo hi; cat /proc/uptime | wc -l"))
    finally:
        device.close()


async def test_shell_without_keys(phone: VirtualPhone) -> None:
    assert "hi\n1\n" == await asyncio.to_thread(talk, phone.port, [])


async def test_a_new_key_is_allowed_and_known_the_second_time(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    phone.authenticator.trust = Trust.ASK
    keys = [await asyncio.to_thread(signer, tmp_path)]
    for _ in range(2):
        assert "hi\n1\n" == await asyncio.to_thread(talk, phone.port, keys)


async def test_a_key_nobody_allows_waits_in_vain(phone: VirtualPhone, tmp_path: Path) -> None:
    phone.authenticator.trust = Trust.REFUSE
    keys = [await asyncio.to_thread(signer, tmp_path)]
    with pytest.raises((AdbTimeoutError, TcpTimeoutException)):
        await asyncio.to_thread(talk, phone.port, keys, 0.3)


async def test_files(phone: VirtualPhone, tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "f").write_bytes(data)

    def use() -> tuple[int, int, list[bytes]]:
        device = AdbDeviceTcp("127.0.0.1", phone.port, default_transport_timeout_s=LIMIT_S)
        device.connect()
        try:
            device.push(str(tmp_path / "f"), f"{TMP}/f")
            device.pull(f"{TMP}/f", str(tmp_path / "back"))
            _, size, mtime = device.stat(f"{TMP}/f")
            return size, mtime, [entry.filename for entry in device.list(TMP)]
        finally:
            device.close()

    size, mtime, names = await asyncio.to_thread(use)
    assert (len(data), [b"f"]) == (size, names)
    assert mtime > 0
    assert data == (tmp_path / "back").read_bytes()
