import pytest

from labtui.core.logs.battery import parse_battery
from labtui.core.logs.sysfs import parse_cpufreq, parse_zones
from labtui.core.logs.thermalservice import parse_thermalservice
from labtui.core.readings import SensorKind, ThermalStatus
from labtui.errors import UsageError
from labtui.virtual.device import Device
from labtui.virtual.profile import load_profile, number_phones, profile_names
from tests.virtual.rig import shell

CPU = "/sys/devices/system/cpu"
ZONES = "/sys/class/thermal/thermal_zone*"


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="pixel-7-pro"):
        load_profile("nokia-3310")


def test_serials_are_unique_and_always_the_same() -> None:
    def serials() -> list[str]:
        phones = number_phones([key for key in profile_names() for _ in range(16)])
        return [profile.serial(index) for profile, index in phones]

    assert serials() == serials()
    assert len(set(serials())) == len(serials())


@pytest.mark.parametrize("key", profile_names())
def test_profiles_are_consistent(key: str) -> None:
    profile = load_profile(key)
    cores = [core for cluster in profile.clusters for core in cluster.cores]
    assert list(range(8)) == cores
    assert all(c.cores[0] == c.policy and c.min_khz < c.max_khz for c in profile.clusters)
    assert sorted(step.skin_c for step in profile.heat.steps) == [
        step.skin_c for step in profile.heat.steps
    ]
    assert profile.system_bytes < profile.storage_bytes
    assert bool(profile.sensors) == bool(profile.hal)
    fingerprint = profile.properties["ro.build.fingerprint"]
    assert profile.properties["ro.product.device"] in fingerprint
    assert profile.relative_cost >= 2.0, "four of them must fit on two cores"


@pytest.mark.parametrize("key", profile_names())
async def test_readings_of_every_phone_are_understood(make: object, key: str) -> None:
    assert callable(make)
    device: Device = make(key)
    battery = parse_battery((await shell(device, "dumpsys battery")).text)
    assert battery is not None
    assert (81, True) == (battery.level_percent, battery.is_charging)
    thermal = parse_thermalservice((await shell(device, "dumpsys thermalservice")).text)
    zones = parse_zones((await shell(device, f"grep -s . {ZONES}/type {ZONES}/temp")).text)
    temperatures = {t.kind: t.temp_c for t in thermal.temperatures or zones}
    assert 25.0 < temperatures[SensorKind.SKIN] < 30.0
    assert 25.0 < temperatures[SensorKind.CPU] < 32.0
    assert abs((battery.temp_c or 0) - temperatures[SensorKind.BATTERY]) < 1.0


async def test_the_cached_temperatures_are_stale(device: Device) -> None:
    text = (await shell(device, "dumpsys thermalservice")).text
    cached, current = (block.split("Temperature{")[1:] for block in text.split("Current")[:2])
    assert len(cached) == len(current)
    assert cached != current


async def test_throttling_shows_in_status_and_clocks(device: Device) -> None:
    device.power.hold_skin(42.0)
    text = (await shell(device, "dumpsys thermalservice")).text
    assert ThermalStatus.SEVERE == parse_thermalservice(text).status
    files = f"{CPU}/cpufreq/policy*/scaling_max_freq {CPU}/cpufreq/policy*/cpuinfo_max_freq"
    clocks = parse_cpufreq((await shell(device, f"grep . {files}")).text)
    ratios = {c.name: (c.limit_khz or 0) / (c.max_khz or 1) for c in clocks}
    assert {"policy0", "policy4", "policy6"} == set(ratios)
    assert 0.65 == pytest.approx(ratios["policy6"], abs=0.01)
    assert 1.0 > ratios["policy0"] > ratios["policy6"]
    assert device.profile.relative_cost / 0.65 == pytest.approx(device.power.factor)


async def test_a_throttled_phone_lets_go_when_it_is_let_go(device: Device) -> None:
    device.power.hold_skin(42.0)
    device.power.hold_skin(None)
    assert device.power.now().skin_c == pytest.approx(42.0, abs=0.5)


async def test_override_and_headroom(device: Device) -> None:
    await shell(device, "cmd thermalservice override-status 3")
    text = (await shell(device, "dumpsys thermalservice")).text
    assert "IsStatusOverride: true" in text
    assert ThermalStatus.SEVERE == parse_thermalservice(text).status
    await shell(device, "cmd thermalservice reset")
    assert "Thermal Status: 0" in (await shell(device, "dumpsys thermalservice")).text
    device.power.hold_skin(41.0)
    headroom = float((await shell(device, "cmd thermalservice headroom 10")).text)
    assert 1.0 == pytest.approx(headroom, abs=0.01)


async def test_zones_are_denied_where_the_phone_denies_them(device: Device) -> None:
    ran = await shell(device, "cat /sys/class/thermal/thermal_zone0/temp")
    assert b"cat: /sys/class/thermal/thermal_zone0/temp: Permission denied\n" == ran.stderr


async def test_battery_pretends(device: Device) -> None:
    await shell(device, "dumpsys battery unplug; dumpsys battery set level 5")
    battery = parse_battery((await shell(device, "dumpsys battery")).text)
    assert battery is not None
    assert (5, False) == (battery.level_percent, battery.is_charging)
    await shell(device, "cmd battery reset")
    assert device.battery.is_charging


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{CPU}/cpufreq/policy4/related_cpus", "4 5\n"),
        (f"{CPU}/cpu7/cpufreq/cpuinfo_max_freq", "2850000\n"),
        (f"{CPU}/possible", "0-7\n"),
    ],
)
async def test_files_of_the_kernel(device: Device, path: str, expected: str) -> None:
    assert expected == (await shell(device, f"cat {path}")).text
