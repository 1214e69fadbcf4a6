"""Engines on their way to a virtual phone behind a real adb server."""

import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.adapters.android import install
from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.engine_source import read_libraries
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import ENGINES
from labtui.adapters.retention import MAX_AGE_S
from labtui.core.protocol import End, Hello, Log
from labtui.errors import RunnerFailed
from tests.adapters.android.desk import Desk, a_file, a_request, desk_with, events_of, ignore
from tests.adapters.android.engine_files import an_archive, elf
from tests.tiny_tflite import fully_connected


@pytest.fixture
def shelf(tmp_path: Path) -> EngineShelf:
    return EngineShelf(tmp_path / "engines")


@pytest.fixture
async def desk(shelf: EngineShelf) -> AsyncIterator[Desk]:
    async with desk_with(engines=shelf) as desk:
        yield desk


def _keep(shelf: EngineShelf, folder: Path, content: bytes = b"1") -> None:
    entries = {
        f"jni/arm64-v8a/lib{name}.so": elf("arm64-v8a", content) for name in ("LiteRt", "Gpu")
    }
    shelf.keep(read_libraries(an_archive(folder / "litert.aar", entries)), replaces=True)


async def test_an_engine_arrives_once_and_is_recognised(
    desk: Desk, shelf: EngineShelf, tmp_path: Path
) -> None:
    _keep(shelf, tmp_path)
    placed = await desk.device.install()
    assert [("library", "libGpu.so", True), ("engine", "libLiteRt.so", True)] == [
        (p.kind, p.name, p.was_sent) for p in placed
    ]
    for one in placed:
        assert elf("arm64-v8a", b"1") == desk.phone.files.host_path(one.path).read_bytes()
    assert 1 == len({os.path.dirname(one.path) for one in placed})  # noqa: PTH120 (of the phone)
    assert [False, False] == [p.was_sent for p in await desk.device.install()]


async def test_a_damaged_engine_is_sent_again(
    desk: Desk, shelf: EngineShelf, tmp_path: Path
) -> None:
    _keep(shelf, tmp_path)
    placed = await desk.device.install()
    desk.phone.files.host_path(placed[1].path).write_bytes(b"damaged")
    assert [False, True] == [p.was_sent for p in await desk.device.install()]


async def test_without_an_engine(desk: Desk) -> None:
    with pytest.raises(RunnerFailed, match="keeps no engine library for arm64-v8a"):
        await desk.device.install()


async def test_an_old_engine_goes_with_its_folder(
    desk: Desk, shelf: EngineShelf, tmp_path: Path
) -> None:
    _keep(shelf, tmp_path)
    for one in await desk.device.install():
        old_s = time.time() - MAX_AGE_S - 60
        os.utime(desk.phone.files.host_path(one.path), (old_s, old_s))
    _keep(shelf, tmp_path, b"2")
    device = desk.device.id
    later = AndroidDevice(device, lambda: desk.bus._phone(device), shelf)
    assert [True, True] == [p.was_sent for p in await later.install()]
    folders = list(desk.phone.files.host_path(ENGINES).iterdir())
    assert [shelf.find("arm64-v8a").digest] == [folder.name for folder in folders]


_RUNNER = """#!/system/bin/sh
echo '{"ev":"hello","protocol":1,"runner":"r","runner_version":"1","engine":"e",'\
'"engine_version":"1","pid":1,"mono_ns":1,"boot_ns":1}'
echo "{\\"ev\\":\\"log\\",\\"level\\":\\"info\\",\\"text\\":\\"$LD_LIBRARY_PATH\\"}"
echo '{"ev":"end","t":2,"warmup":0,"measured":0,"stopped":false}'
"""


async def test_a_phone_without_a_runner_gets_one_and_executes_it(
    desk: Desk, shelf: EngineShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = tmp_path / "runners" / "android" / "arm64-v8a" / "labtui-runner"
    runner.parent.mkdir(parents=True)
    runner.write_text(_RUNNER)
    monkeypatch.setattr(install, "data", lambda name: tmp_path / name)
    _keep(shelf, tmp_path)
    device = AndroidDevice(desk.device.id, lambda: _as_real(desk), shelf)
    await device.prepare(None)
    path, digest = a_file(tmp_path, fully_connected())
    await device.push(path, digest, ignore)
    async with device.launch(a_request(digest)) as process:
        events = await events_of(process)
    assert [Hello, Log, End] == list(map(type, events))
    assert Log("info", f"{ENGINES}/{shelf.find('arm64-v8a').digest}") == events[1]


def _as_real(desk: Desk) -> Phone:
    """Return the phone as one that does not say that it is virtual."""
    phone = desk.bus._phone(desk.device.id)
    return replace(phone, facts=replace(phone.facts, is_virtual=False))
