"""Virtual phones behind a real adb server: found, asked, and in trouble."""

import os
from pathlib import Path

import pytest

from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.server import AndroidConfig
from labtui.core.model import DeviceState
from labtui.core.protocol import End
from labtui.core.readings import ThermalStatus
from labtui.errors import DeviceGone
from labtui.ports import Device
from labtui.virtual.bench import VirtualBench
from tests.adapters.android.desk import (
    MIB,
    Desk,
    a_file,
    a_request,
    desk_with,
    events_of,
    ignore,
    pushed,
)
from tests.adapters.android.real_adb import BUNDLED_ADB, SYSTEM_ADB
from tests.adapters.android.waiting import all_ready, states, until, watching


def test_the_device_is_a_device() -> None:
    device: type[Device] = AndroidDevice
    assert device


@pytest.mark.parametrize("adb", [BUNDLED_ADB, SYSTEM_ADB], ids=["bundled", "system"])
async def test_phones_are_found_with_their_facts(adb: str | None) -> None:
    if adb is None:
        pytest.skip("there is no such adb here")
    async with desk_with("pixel-7-pro", "galaxy-s23-ultra", "redmi-12c", adb=adb) as desk:
        found = await all_ready(desk.bus, 3)
    facts = {d.facts.name: (d.facts.soc, d.facts.hardware_id) for d in found if d.facts}
    assert {"Pixel 7 Pro", "Galaxy S23 Ultra", "Redmi 12C"} == facts.keys()
    assert {"Tensor G2", "Snapdragon 8 Gen 2", "Helio G85"} == {soc for soc, _ in facts.values()}
    assert all(d.facts and d.facts.is_virtual and d.facts.build for d in found)
    assert all(d.free_bytes and d.reading and d.reading.battery for d in found)


async def test_thirty_two_phones_are_found_at_once() -> None:
    async with VirtualBench(["redmi-12c"] * 32) as bench:
        config = AndroidConfig(port=bench.adb_port, may_start_server=False)
        async with watching(config) as bus:
            found = await all_ready(bus, 32, limit_s=10.0)
    assert {f"android:{phone.serial}" for phone in bench.phones} <= {d.id for d in found}
    assert len({d.id for d in found}) == 32


@pytest.mark.skipif(SYSTEM_ADB is None, reason="there is no older adb here")
async def test_work_through_an_adb_server_of_2019(tmp_path: Path) -> None:
    async with desk_with(adb=SYSTEM_ADB or "") as desk:
        path, digest = a_file(tmp_path, os.urandom(3 * MIB))
        assert await desk.device.push(path, digest, ignore)
        digest = await pushed(desk, tmp_path)
        async with desk.device.launch(a_request(digest)) as process:
            assert isinstance((await events_of(process))[-1], End)


@pytest.mark.parametrize(
    "profile", ["pixel-7-pro", "galaxy-s23-ultra", "redmi-12c", "pixel-10-pro"]
)
async def test_every_vendors_state_is_read(profile: str) -> None:
    async with desk_with(profile) as desk:
        cool = await desk.device.read_state()
        desk.phone.hold_skin(70.0)
        hot = await desk.device.read_state()
    assert (ThermalStatus.NONE, 1.0) == (cool.thermal_status, cool.clock_limit_ratio)
    assert cool.headline_c is not None
    assert 15 < cool.headline_c < 45
    assert hot.is_throttled
    assert cool.boot_ns > 0


async def test_a_phone_that_is_plugged_in_later_shows_within_a_second(desk: Desk) -> None:
    await desk.phone.unplug()
    await until(desk.bus, lambda bench: not bench)
    await desk.phone.plug()
    await until(desk.bus, bool, limit_s=1.0)
    await all_ready(desk.bus, 1, limit_s=1.0)


async def test_probe_of_a_phone_that_answers_and_of_one_that_left(desk: Desk) -> None:
    await desk.device.probe()
    await desk.phone.unplug()
    with pytest.raises(DeviceGone):
        await desk.device.probe()


async def test_a_hostile_name_is_harmless(desk: Desk) -> None:
    await desk.phone.turn_hostile()
    (found,) = await until(
        desk.bus, lambda b: states(b) == [DeviceState.READY] and b[0].name != "Pixel 7 Pro"
    )
    assert found.name.isprintable()


@pytest.mark.parametrize(
    ("fault", "state"),
    [("go_offline", DeviceState.OFFLINE), ("refuse_keys", DeviceState.UNAUTHORIZED)],
)
async def test_states_of_a_real_server(fault: str, state: DeviceState, desk: Desk) -> None:
    await getattr(desk.phone, fault)()
    (found,) = await until(desk.bus, lambda b: states(b) == [state])
    assert found.cure
    await desk.phone.resume()
    await all_ready(desk.bus, 1)
