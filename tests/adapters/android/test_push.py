"""Files on their way to a virtual phone behind a real adb server."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from labtui.adapters.android.shelf import variant_path
from labtui.core.model import DeviceState, Digest
from labtui.errors import DeviceFull, DeviceGone, DeviceHung, PushFailed
from tests.adapters.android.desk import (
    MIB,
    Desk,
    a_file,
    ignore,
)
from tests.adapters.android.waiting import all_ready, states, until


@pytest.mark.parametrize("size_bytes", [0, 1, 65536, 65537, 3 * MIB + 1])
async def test_a_file_arrives_as_it_is(size_bytes: int, desk: Desk, tmp_path: Path) -> None:
    content = os.urandom(size_bytes)
    path, digest = a_file(tmp_path, content)
    told: list[tuple[int, int]] = []
    assert await desk.device.push(path, digest, lambda sent, total: told.append((sent, total)))
    assert content == desk.phone.files.host_path(variant_path(digest, ".tflite")).read_bytes()
    assert sorted(told) == told
    assert [(size_bytes, size_bytes)] == told[-1:] or size_bytes == 0


async def test_a_file_that_is_there_is_not_sent_again(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(MIB))
    assert await desk.device.push(path, digest, ignore)
    assert not await desk.device.push(path, digest, ignore)
    desk.phone.files.host_path(variant_path(digest, ".tflite")).write_bytes(b"damaged")
    assert await desk.device.push(path, digest, ignore)


async def test_a_file_that_is_not_what_was_promised_is_removed(desk: Desk, tmp_path: Path) -> None:
    path, _ = a_file(tmp_path, b"content")
    wrong = Digest("0" * 64)
    with pytest.raises(PushFailed, match="did not arrive"):
        await desk.device.push(path, wrong, ignore)
    folder = desk.phone.files.host_path(variant_path(wrong, ".tflite")).parent
    assert [] == list(folder.iterdir())


async def test_a_file_that_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(PushFailed, match="cannot be read"):
        await desk.device.push(tmp_path / "none.tflite", Digest("0" * 64), ignore)
    (tmp_path / "folder.tflite").mkdir()
    with pytest.raises(PushFailed, match="cannot be read"):
        await desk.device.push(tmp_path / "folder.tflite", Digest("0" * 64), ignore)


async def test_a_full_phone_is_said_before_anything_is_sent(desk: Desk, tmp_path: Path) -> None:
    desk.phone.fill_storage()
    path, digest = a_file(tmp_path, os.urandom(MIB))
    told: list[int] = []
    with pytest.raises(DeviceFull, match="0 MiB free"):
        await desk.device.push(path, digest, lambda sent, _total: told.append(sent))
    assert [] == told
    desk.phone.fill_storage(False)
    assert await desk.device.push(path, digest, ignore)


async def test_a_phone_that_fills_up_meanwhile(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(8 * MIB))
    with pytest.raises(DeviceFull):
        await desk.device.push(path, digest, lambda _sent, _total: desk.phone.fill_storage())
    folder = desk.phone.files.host_path(variant_path(digest, ".tflite")).parent
    assert [] == list(folder.iterdir())


async def test_what_was_not_used_for_long_is_removed(desk: Desk, tmp_path: Path) -> None:
    old, old_digest = a_file(tmp_path, b"old", "a.tflite")
    kept, kept_digest = a_file(tmp_path, b"kept", "b.tflite")
    await desk.device.push(kept, kept_digest, ignore)
    lying = desk.phone.files.host_path(variant_path(kept_digest, ".tflite"))
    forgotten = lying.with_name("1" * 64 + ".tflite")
    forgotten.write_bytes(b"x")
    foreign = lying.with_name("mine.txt")
    foreign.write_bytes(b"x")
    for path in (lying, forgotten, foreign):
        os.utime(path, (1e9, 1e9))
    await desk.device.push(old, old_digest, ignore)
    assert lying.exists()
    assert foreign.exists()
    assert not forgotten.exists()


async def test_the_cable_is_pulled_while_pushing(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(64 * MIB))
    pulled: list[asyncio.Task[None]] = []

    def pull(_sent: int, _total: int) -> None:
        if not pulled:
            pulled.append(asyncio.create_task(desk.phone.unplug()))

    with pytest.raises(DeviceGone, match="plug it in again"):
        await desk.device.push(path, digest, pull)
    await pulled[0]
    await desk.phone.plug()
    await all_ready(desk.bus, 1)
    assert await desk.device.push(path, digest, ignore)


async def test_a_phone_that_hangs_while_pushing_is_noticed(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(64 * MIB))
    hung_s: list[float] = []

    def hang(_sent: int, _total: int) -> None:
        if not hung_s:
            desk.phone.hang()
            hung_s.append(time.monotonic())

    with pytest.raises(DeviceHung, match="stopped answering"):
        await desk.device.push(path, digest, hang)
    assert time.monotonic() - hung_s[0] < 5.5
    await until(desk.bus, lambda bench: states(bench) == [DeviceState.HUNG], limit_s=0.5)


async def test_the_adb_server_is_killed_while_pushing(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(64 * MIB))
    with pytest.raises(DeviceGone):
        await desk.device.push(path, digest, lambda _s, _t: os.kill(desk.bench.server.pid, 9))
    await until(desk.bus, lambda bench: not bench)


async def test_a_push_can_be_cancelled(desk: Desk, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, os.urandom(64 * MIB))
    started = asyncio.Event()
    push = asyncio.create_task(desk.device.push(path, digest, lambda _s, _t: started.set()))
    await started.wait()
    push.cancel()
    with pytest.raises(asyncio.CancelledError):
        await push
    assert await desk.device.push(path, digest, ignore)
