"""Settings and power modes of a phone, and makers who let nobody change them."""

import pytest

from labtui.errors import UsageError
from labtui.virtual.device import Device
from labtui.virtual.faults import apply_fault
from labtui.virtual.program_faults import SettingsFault
from labtui.virtual.thermal import FIXED_PERFORMANCE_RATIO
from tests.virtual.rig import Handset, shell

FIX = "cmd power set-fixed-performance-mode-enabled"


@pytest.mark.parametrize(
    "change", ["put system screen_brightness 5", "delete system screen_brightness"]
)
async def test_a_phone_that_refuses_says_so_in_androids_words(device: Device, change: str) -> None:
    device.faults.settings = SettingsFault.REFUSE
    ran = await shell(device, f"settings {change}")
    verb = change.partition(" ")[0]
    assert (255, "") == (ran.status, ran.text)
    assert f"Exception occurred while executing '{verb}'" in ran.stderr.decode()
    assert "SecurityException: Permission denial" in ran.stderr.decode()
    assert "102\n" == (await shell(device, "settings get system screen_brightness")).text


async def test_a_phone_that_keeps_its_own_says_nothing(device: Device) -> None:
    device.faults.settings = SettingsFault.KEEP
    ran = await shell(device, "settings put system screen_brightness 5")
    assert (0, "", b"") == (ran.status, ran.text, ran.stderr)
    assert "102\n" == (await shell(device, "settings get system screen_brightness")).text


@pytest.mark.parametrize("fault", [SettingsFault.REFUSE, SettingsFault.KEEP])
async def test_a_phone_without_the_mode_names_its_power_hal(
    device: Device, fault: SettingsFault
) -> None:
    device.faults.settings = fault
    ran = await shell(device, f"{FIX} true")
    assert (255, True) == (ran.status, b"Power HAL AIDL is not implemented" in ran.stderr)
    assert not device.power.now().is_performance_fixed


async def test_fixed_performance_takes_the_boost_and_not_the_limit(device: Device) -> None:
    power, fastest = device.power, device.profile.clusters[-1]
    free, limit_khz = power.factor, power.limit_khz(fastest)
    assert 0 == (await shell(device, f"{FIX} true")).status
    assert free / FIXED_PERFORMANCE_RATIO == pytest.approx(power.factor)
    assert limit_khz == power.limit_khz(fastest)
    assert power.clock_khz(fastest) < fastest.max_khz
    assert 0 == (await shell(device, f"{FIX} false")).status
    assert free == pytest.approx(power.factor)


async def test_heat_throttles_below_the_fixed_clock(device: Device) -> None:
    await shell(device, f"{FIX} true")
    hottest = device.profile.heat.steps[-1]
    device.power.hold_skin(hottest.skin_c + 1.0)
    assert hottest.clock_ratio == device.power.now().clock_ratio < FIXED_PERFORMANCE_RATIO


async def test_a_phone_that_works_in_the_mode_stays_cooler(device: Device) -> None:
    free, fixed = device.power.now(), type(device.power.now())(device.profile.heat)
    fixed.is_performance_fixed = True
    for model in (free, fixed):
        model.advance(600.0, load=1.0)
    assert fixed.skin_c < free.skin_c


async def test_a_reboot_ends_the_mode_and_keeps_the_settings(handset: Handset) -> None:
    device = handset.phone.device
    await shell(device, f"{FIX} true; settings put system screen_brightness 5")
    await handset.phone.reboot(0.0)
    assert not device.power.now().is_performance_fixed
    assert "5\n" == (await shell(device, "settings get system screen_brightness")).text


async def test_the_fault_is_known_by_name(handset: Handset) -> None:
    for text, fault in (("settings=refuse", "refuse"), ("settings=keep", "keep"), ("settings", "")):
        await apply_fault(handset.phone, text)
        assert fault == handset.phone.device.faults.settings
    with pytest.raises(UsageError, match="known are refuse, keep"):
        await apply_fault(handset.phone, "settings=fly")
