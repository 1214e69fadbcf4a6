from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.sysfs import (
    parse_cpufreq,
    parse_zone_kinds,
    parse_zones,
    zone_celsius,
)
from labtui.core.readings import ClusterClock, Reading, SensorKind, Temperature

ZONES = """\
/sys/class/thermal/thermal_zone0/type:battery
/sys/class/thermal/thermal_zone1/type:cpu-1-0-usr
/sys/class/thermal/thermal_zone2/type:ibat-lvl0
/sys/class/thermal/thermal_zone10/type:quiet_therm
/sys/class/thermal/thermal_zone0/temp:31000
/sys/class/thermal/thermal_zone1/temp:412
/sys/class/thermal/thermal_zone2/temp:31
/sys/class/thermal/thermal_zone10/temp:29
/sys/class/thermal/thermal_zone11/temp:29
"""


def test_zones_are_paired_normalised_and_classified() -> None:
    assert parse_zones(ZONES) == (
        Temperature("battery", SensorKind.BATTERY, 31.0),
        Temperature("cpu-1-0-usr", SensorKind.CPU, 41.2),
        Temperature("quiet_therm", SensorKind.SKIN, 29.0),
        Temperature("", SensorKind.OTHER, 29.0),
    )


@pytest.mark.parametrize(
    ("value", "temp_c"),
    [
        ("31", 31.0),
        ("309", 30.9),
        ("32636", 32.636),
        ("-5", -5.0),
        ("-12000", -12.0),
        ("149", 149.0),
        ("150", 15.0),
        ("0", None),
        ("-40000", None),
        ("9999999", None),
        ("31.5", None),
        ("Permission denied", None),
        ("", None),
    ],
)
def test_units_of_a_zone(value: str, temp_c: float | None) -> None:
    assert temp_c == zone_celsius(value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mtktscpu", SensorKind.CPU),
        ("BIG", SensorKind.CPU),
        ("tsens_tz_sensor3", SensorKind.CPU),
        ("gpuss-0-usr", SensorKind.GPU),
        ("G3D", SensorKind.GPU),
        ("nsp0", SensorKind.NPU),
        ("TPU", SensorKind.NPU),
        ("mtktsbattery", SensorKind.BATTERY),
        ("mtktsAP", SensorKind.SKIN),
        ("mtktspmic", SensorKind.OTHER),
        ("ufs_therm", SensorKind.OTHER),
    ],
)
def test_kinds_of_zones(name: str, kind: SensorKind) -> None:
    text = f"/s/thermal_zone0/type:{name}\n/s/thermal_zone0/temp:30000\n"
    assert [kind] == [t.kind for t in parse_zones(text)]


def _files(cluster: str, now: int, limit: int, top: int) -> str:
    root = f"/tmp/phone/sys/devices/system/cpu/{cluster}"
    return (
        f"{root}/scaling_cur_freq:{now}\n{root}/scaling_max_freq:{limit}\n"
        f"{root}/cpuinfo_max_freq:{top}\n"
    )


def test_policies_count_and_their_cores_do_not() -> None:
    text = (
        _files("cpufreq/policy4", 900_000, 1_996_800, 2_496_000)
        + _files("cpufreq/policy0", 614_400, 1_363_200, 1_785_600)
        + _files("cpu0/cpufreq", 614_400, 1_363_200, 1_785_600)
    )
    clocks = parse_cpufreq(text)
    assert clocks == (
        ClusterClock("policy0", 614_400, 1_363_200, 1_785_600),
        ClusterClock("policy4", 900_000, 1_996_800, 2_496_000),
    )
    assert Reading(0, clocks=clocks).clock_limit_ratio == 1_363_200 / 1_785_600


def test_old_kernels_list_cores() -> None:
    text = _files("cpu10/cpufreq", 1, 2, 2) + _files("cpu2/cpufreq", 1, 2, 2)
    assert [c.name for c in parse_cpufreq(text)] == ["cpu2", "cpu10"]


def test_what_may_not_be_read_is_none() -> None:
    text = "/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq:1000\n"
    assert (ClusterClock("policy0", None, 1000, None),) == parse_cpufreq(text)


def test_kinds_of_zones_that_may_not_be_read() -> None:
    assert parse_zone_kinds(ZONES)[1:] == (
        (1, "cpu-1-0-usr", SensorKind.CPU),
        (2, "ibat-lvl0", SensorKind.OTHER),
        (10, "quiet_therm", SensorKind.SKIN),
    )


def test_a_transcript_of_a_terminal() -> None:
    shell = "phone:/ # cat sys/class/thermal/thermal_zone"
    text = f"{shell}3/type\nbattery\n{shell}0/type\nmtktscpu\n{shell}7/type\nbat"
    assert parse_zone_kinds(text) == (
        (0, "mtktscpu", SensorKind.CPU),
        (3, "battery", SensorKind.BATTERY),
    )


def test_zones_of_a_real_phone(sample: Callable[[str], str]) -> None:
    kinds = parse_zone_kinds(sample("thermal_zone_types_xperia_xz1c_lilac_EXCERPT.txt"))
    assert list(range(19)) == [number for number, _, _ in kinds]
    assert [SensorKind.CPU] * 8 == [kind for _, name, kind in kinds if name.startswith("tsens")]
    assert (9, "quiet_therm", SensorKind.SKIN) in kinds


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_zones(f"/thermal_zone0/type:{text}\n/thermal_zone0/temp:{text}")
    parse_zone_kinds(f"cat /thermal_zone0/type\n{text}")
    parse_cpufreq(f"/cpufreq/policy0/scaling_max_freq:{text}")
