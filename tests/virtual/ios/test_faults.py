"""What goes wrong with the cable, the storage and the phone, in the middle of a push."""

import asyncio
import filecmp
import os
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest
from pymobiledevice3 import usbmux
from pymobiledevice3.exceptions import (
    AfcException,
    BadDevError,
    ConnectionTerminatedError,
    DeviceNotFoundError,
)
from pymobiledevice3.services.house_arrest import HouseArrestService

from tests.virtual.ios.rig import Iphones, listening
from tests.virtual.rig import LIMIT_S, until

SIZE = 3_000_000
REMOTE = "/Documents/model.bin"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


def pushing(files: HouseArrestService, model: Path) -> "asyncio.Task[None]":
    return asyncio.ensure_future(files.push(str(model), REMOTE, progress_bar=False))


async def ended(task: Awaitable[None]) -> BaseException | None:
    """Wait for a push. Never with `wait_for`: its cancellation waits for the phone's answer."""
    done, _ = await asyncio.wait({asyncio.ensure_future(task)}, timeout=LIMIT_S)
    (finished,) = done
    return finished.exception()


def arrived_bytes(iphones: Iphones) -> int:
    (path,) = (iphones.phone.device.place.folder / "Containers").rglob("model.bin")
    return path.stat().st_size


@pytest.mark.parametrize("count", [1, 70_001, SIZE - 1])
async def test_the_cable_is_pulled_at_a_byte(iphones: Iphones, model: Path, count: int) -> None:
    iphones.bench.fault(iphones.udid, f"detach_at={count}")
    async with iphones.container() as files:
        error = await ended(pushing(files, model))
    assert isinstance(error, ConnectionTerminatedError)
    assert count == arrived_bytes(iphones)
    assert [] == await usbmux.list_devices()
    iphones.phone.attach()
    async with iphones.container() as files:
        assert None is await ended(pushing(files, model))
    assert SIZE == arrived_bytes(iphones)


async def test_a_phone_stalls_at_a_byte_and_is_given_up(iphones: Iphones, model: Path) -> None:
    iphones.bench.fault(iphones.udid, "stall_at=1000000")
    async with iphones.container() as files:
        task = pushing(files, model)
        await until(lambda: not iphones.phone.awake.is_set(), "the phone hangs")
        assert not (await asyncio.wait({task}, timeout=0.2))[0]
        start_s = time.monotonic()
        await files.aclose()
        assert isinstance(await ended(task), ConnectionTerminatedError)
        assert 2.0 > time.monotonic() - start_s
    assert 1_000_000 == arrived_bytes(iphones)
    assert [iphones.udid] == [device.serial for device in await usbmux.list_devices()]


async def test_a_stalled_push_goes_on_when_the_phone_does(iphones: Iphones, model: Path) -> None:
    iphones.bench.fault(iphones.udid, "stall_at=1000000")
    async with iphones.container() as files:
        task = pushing(files, model)
        await until(lambda: not iphones.phone.awake.is_set(), "the phone hangs")
        iphones.bench.fault(iphones.udid, "resume")
        assert None is await ended(task)
        (arrived,) = iphones.phone.device.place.folder.rglob("model.bin")
    assert filecmp.cmp(model, arrived, shallow=False)


async def test_a_pull_is_cut_too(iphones: Iphones, model: Path, tmp_path: Path) -> None:
    async with iphones.container() as files:
        await ended(pushing(files, model))
        iphones.bench.fault(iphones.udid, "detach_at=1000")
        back = asyncio.ensure_future(files.pull(REMOTE, str(tmp_path / "back"), progress_bar=False))
        assert isinstance(await ended(back), ConnectionTerminatedError)


async def test_a_full_phone_takes_no_byte_more(iphones: Iphones, model: Path) -> None:
    async with iphones.container() as files:
        iphones.bench.fault(iphones.udid, "storage_full")
        error = await ended(pushing(files, model))
        assert isinstance(error, AfcException)
        assert "NO_SPACE_LEFT" in str(error)
        async with iphones.lockdown() as lockdown:
            assert 0 == await lockdown.get_value("com.apple.disk_usage", "TotalDataAvailable")
        iphones.bench.fault(iphones.udid, "storage_free")
        assert None is await ended(pushing(files, model))


async def test_a_phone_that_fills_up_says_so_in_the_middle(iphones: Iphones, model: Path) -> None:
    storage = iphones.phone.device.storage
    storage.size_bytes = storage.used_bytes + 2_000_000
    async with iphones.container() as files:
        error = await ended(pushing(files, model))
        assert "NO_SPACE_LEFT" in str(error)
        assert await files.exists(REMOTE)
        await files.rm(REMOTE)
        assert [] == await files.listdir("/Documents")


async def test_a_request_to_a_phone_that_has_gone_says_so(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        iphones.bench.fault(iphones.udid, "unplug")
        with pytest.raises(DeviceNotFoundError):
            await lockdown.get_value("com.apple.mobile.battery")


async def test_a_hung_phone_is_listed_and_answers_nothing(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "hang")
    (device,) = await usbmux.list_devices()
    opening = asyncio.ensure_future(device.connect(62078))
    assert not (await asyncio.wait({opening}, timeout=0.2))[0]
    iphones.bench.fault(iphones.udid, "resume")
    (await asyncio.wait_for(opening, LIMIT_S)).close()


async def test_a_hung_phone_that_is_pulled_out_is_gone(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "hang")
    (device,) = await usbmux.list_devices()
    opening = asyncio.ensure_future(device.connect(62078))
    assert not (await asyncio.wait({opening}, timeout=0.2))[0]
    iphones.bench.fault(iphones.udid, "unplug")
    with pytest.raises(BadDevError):
        await asyncio.wait_for(opening, LIMIT_S)


async def test_a_phone_that_flaps_has_a_new_number_each_time(iphones: Iphones) -> None:
    numbers: list[int] = []
    async with listening() as mux:
        for _ in range(5):
            (device,) = mux.devices
            numbers.append(device.devid)
            iphones.phone.detach()
            await mux.receive_device_state_update()
            assert [] == mux.devices
            iphones.phone.attach()
            await mux.receive_device_state_update()
    assert 5 == len(set(numbers))


async def test_repeated_faults_are_harmless(iphones: Iphones) -> None:
    for fault in ("plug", "unplug", "unplug", "plug", "plug", "app=missing", "app=missing"):
        iphones.bench.fault(iphones.udid, fault)
    assert 1 == len(await usbmux.list_devices())
