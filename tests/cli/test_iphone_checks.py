"""What the doctor sees of keys, library and usbmuxd."""

import asyncio
import importlib.metadata
import socket
import sys
from pathlib import Path

import pytest

from labtui.adapters.ios import config as config_module
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.cli.checks import Health
from labtui.cli.iphone_checks import library_check, pair_records_check, usbmuxd_check
from labtui.virtual.ios.bench import VirtualIphones

HAS_USBMUXD = Path(MuxAddress().path).exists()


def records(folder: Path, folder_mode: int = 0o700, file_mode: int = 0o600) -> Path:
    folder.mkdir()
    record = folder / "UDID.plist"
    record.write_bytes(b"")
    record.chmod(file_mode)
    folder.chmod(folder_mode)
    return folder


MODES = [
    (0o700, 0o600, Health.GOOD, "1 in "),
    (0o755, 0o600, Health.BAD, "others can read 1 of them"),
    (0o700, 0o644, Health.BAD, "others can read 1 of them"),
    (0o770, 0o640, Health.BAD, "others can read 2 of them"),
    (0o711, 0o604, Health.BAD, "others can read 2 of them"),
]


@pytest.mark.parametrize(("folder_mode", "file_mode", "health", "text"), MODES)
def test_keys_that_others_can_read_are_bad(
    tmp_path: Path, folder_mode: int, file_mode: int, health: Health, text: str
) -> None:
    folder = records(tmp_path / "pairs", folder_mode, file_mode)
    check = pair_records_check(folder)
    assert health is check.health
    assert text in check.text
    if health is Health.BAD:
        assert f"chmod -R go= {folder}" in check.text


def test_no_keys_are_no_trouble(tmp_path: Path) -> None:
    check = pair_records_check(tmp_path / "none")
    assert (Health.GOOD, "none: no iPhone has been paired yet") == (check.health, check.text)


def test_the_library_is_named_without_being_loaded() -> None:
    loaded = "pymobiledevice3" in sys.modules
    check = library_check()
    assert f"pymobiledevice3 {importlib.metadata.version('pymobiledevice3')}" == check.text
    assert loaded is ("pymobiledevice3" in sys.modules)


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labtui.cli.iphone_checks.package_version", lambda _: None)
    check = library_check()
    assert Health.DOUBTFUL is check.health
    assert "pip install 'labtui[ios]'" in check.text


async def test_a_usbmuxd_that_answers_says_how_many_it_sees(tmp_path: Path) -> None:
    async with VirtualIphones(("iphone-14-pro", "iphone-13-pro")) as virtual:
        config = IosConfig(tmp_path, MuxAddress.parse(virtual.address))
        check = await usbmuxd_check(config)
        assert f"answers on {virtual.address}; 2 attached" == check.text
    assert Health.GOOD is check.health


async def test_a_usbmuxd_that_was_asked_for_and_is_not_there(tmp_path: Path) -> None:
    check = await usbmuxd_check(IosConfig(tmp_path, MuxAddress(str(tmp_path / "none"))))
    assert Health.DOUBTFUL is check.health
    assert "start it, or unset USBMUXD_SOCKET_ADDRESS" in check.text


@pytest.mark.skipif(HAS_USBMUXD, reason="a usbmuxd runs on this computer")
async def test_a_usbmuxd_that_waits_for_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_module, "_finds_daemon", lambda: True)
    config = IosConfig(tmp_path, MuxAddress())
    check = await usbmuxd_check(config)
    assert (Health.GOOD, True) == (check.health, check.text.startswith("does not run"))


async def test_another_program_in_its_place(tmp_path: Path) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        port = server.sockets[0].getsockname()[1]
        check = await usbmuxd_check(IosConfig(tmp_path, MuxAddress("", "127.0.0.1", port)))
    assert Health.BAD is check.health
    assert "does not answer as usbmuxd does (the connection ended" in check.text
    assert check.text.endswith("restart it")


async def test_a_usbmuxd_on_another_computer_is_refused(tmp_path: Path) -> None:
    check = await usbmuxd_check(IosConfig(tmp_path, MuxAddress("", "192.0.2.1", 27015)))
    assert Health.BAD is check.health
    assert "on another computer" in check.text
