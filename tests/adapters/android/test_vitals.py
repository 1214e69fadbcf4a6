import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android.vitals import (
    FACTS_SCRIPT,
    STATE_SCRIPT,
    parse_state,
    parse_vitals,
)
from labtui.core.model import DeviceFacts
from labtui.core.readings import Battery, ClusterClock, SensorKind, Temperature, ThermalStatus
from tests.adapters.android.fake_server import SEPARATOR, vitals

THERMAL = """\
Thermal Status: 1
Current temperatures from HAL:
\tTemperature{mValue=31.5, mType=3, mName=VIRTUAL-SKIN, mStatus=0}
"""
ZONES = "/sys/class/thermal/thermal_zone0/type:cpu\n/sys/class/thermal/thermal_zone0/temp:40000\n"
CLOCKS = "/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq:1000\n"


def _state(*, thermal: str = "", battery: str = "", zones: str = "", clocks: str = "") -> str:
    return SEPARATOR.join(["1234.56 99.0\n", thermal, battery, zones, clocks])


def test_all_sources_come_from_one_round_trip() -> None:
    reading = parse_state(_state(thermal=THERMAL, battery="  level: 50\n", clocks=CLOCKS))
    assert reading.boot_ns == 1_234_560_000_000
    assert reading.temperatures == (Temperature("VIRTUAL-SKIN", SensorKind.SKIN, 31.5),)
    assert reading.thermal_status is ThermalStatus.LIGHT
    assert reading.battery == Battery(level_percent=50)
    assert reading.clocks == (ClusterClock("policy0", None, 1000, None),)


def test_zones_stand_in_where_the_service_says_nothing() -> None:
    assert (Temperature("cpu", SensorKind.CPU, 40.0),) == parse_state(
        _state(zones=ZONES)
    ).temperatures
    assert "VIRTUAL-SKIN" == parse_state(_state(thermal=THERMAL, zones=ZONES)).temperatures[0].name


def test_an_answer_that_was_cut_is_unknown_not_cool() -> None:
    reading = parse_state("12.5")
    assert (None, None, ()) == (reading.is_throttled, reading.headline_c, reading.temperatures)


def test_the_facts_of_a_phone() -> None:
    found = parse_vitals(vitals("28291FDH300", ro__build__fingerprint="google/cheetah:14"), "s")
    assert found.facts == DeviceFacts(
        "28291FDH300", "Pixel 7 Pro", "Tensor G2", "Android 14", "google/cheetah:14", "arm64-v8a",
        is_virtual=False,
    )  # fmt: skip
    assert found.is_booted


def test_a_phone_without_a_number_is_known_by_its_serial() -> None:
    assert "emulator-6100" == parse_vitals("", "emulator-6100").facts.hardware_id


@pytest.mark.parametrize(
    ("properties", "is_booted"),
    [
        ({"sys.boot_completed": "1"}, True),
        ({"sys.boot_completed": "0"}, False),
        ({"init.svc.bootanim": "running"}, False),
        ({}, True),
    ],
)
def test_when_a_phone_is_booted(properties: dict[str, str], is_booted: bool) -> None:
    keys = {key.replace(".", "__"): value for key, value in properties.items()}
    assert is_booted is parse_vitals(vitals("S", **keys), "s").is_booted


def test_hostile_names_are_made_harmless() -> None:
    facts = parse_vitals(vitals("\x1b]52;c;x\x07", ro__product__model="a\nb\x1b[31m"), "s").facts
    assert ("�]52;c;x�", "a�b�[31m") == (facts.hardware_id, facts.name)


def test_scripts_have_no_line_of_their_own() -> None:
    assert not {"\n", "\0"} & set(FACTS_SCRIPT + STATE_SCRIPT)


@given(st.text())
def test_any_answer_is_parsed(text: str) -> None:
    parse_vitals(text, "serial")
    parse_vitals(SEPARATOR.join([text] * 7), "serial")
