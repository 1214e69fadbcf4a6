from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.thermalservice import ThermalDump, parse_thermalservice
from labtui.core.readings import Reading, SensorKind, Temperature, ThermalStatus

DUMP = """\
Thermal Status: 1
Cached temperatures:
\tTemperature{mValue=61.000004, mType=0, mName=BIG, mStatus=0}
HAL Ready: true
HAL connection:
\tThermalHAL AIDL 3  connected: yes
Current temperatures from HAL:
\tTemperature{mValue=26.5, mType=0, mName=BIG, mStatus=0}
\tTemperature{mValue=25.0, mType=9, mName=TPU, mStatus=0}
\tTemperature{mValue=24.83324, mType=3, mName=VIRTUAL-SKIN, mStatus=2}
\tTemperature{mValue=11900.0, mType=7, mName=ocp_cpu2, mStatus=3}
\tTemperature{mValue=0.0, mType=2, mName=SUBBAT, mStatus=0}
\tTemperature{mValue=NaN, mType=1, mName=G3D, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=1, mName=battery}
\tTemperature{mValue=99.0, mType=0, mName=not in the block, mStatus=0}
"""


def test_the_current_block_is_read_and_nothing_else() -> None:
    assert parse_thermalservice(DUMP).temperatures == (
        Temperature("BIG", SensorKind.CPU, 26.5),
        Temperature("TPU", SensorKind.NPU, 25.0),
        Temperature("VIRTUAL-SKIN", SensorKind.SKIN, 24.83324),
    )


def test_the_status_is_the_worst_of_phone_and_temperature_sensors() -> None:
    assert parse_thermalservice(DUMP).status is ThermalStatus.MODERATE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Can't find service: thermalservice",
        "Cached temperatures:\n\tTemperature{mValue=61.0, mType=0, mName=BIG, mStatus=0}\n",
        "Thermal Status: 99999999999999999999\n",
        "Current temperatures from HAL:\n",
    ],
)
def test_nothing_readable_is_unknown_never_cool(text: str) -> None:
    assert parse_thermalservice(text) == ThermalDump(None, ())


def test_a_sensor_name_is_cleaned() -> None:
    line = "\tTemperature{mValue=30.0, mType=0, mName=a\x1b]52;c;x\x07, mStatus=0}\n"
    (sensor,) = parse_thermalservice("Current temperatures from HAL:\n" + line).temperatures
    assert sensor.name == "a�]52;c;x�"


LIMITS = """\
Temperature static thresholds from HAL:
\tTemperatureThreshold{mType=3, mName=skin, mHotThrottlingThresholds=[36.5, NaN, 39.0, 41.5, NaN, \
NaN, 90.0], mColdThrottlingThresholds=[NaN, NaN, NaN, NaN, NaN, NaN, NaN]}
\tTemperatureThreshold{mType=6, mName=vbat, mHotThrottlingThresholds=[NaN, 3.1, 3.0, 2.9, NaN, \
NaN, NaN], mColdThrottlingThresholds=[NaN]}
\tTemperatureThreshold{type: 0, name: cpu 0, hotThrottlingThresholds: [NaN, 85.0], x: 1}
\tTemperatureThreshold{mType=1, mName=gpu, mHotThrottlingThresholds=[NaN, NaN, NaN, NaN, NaN, NaN, \
NaN], mColdThrottlingThresholds=[NaN]}
"""


def test_limits_that_are_set() -> None:
    skin, cpu = parse_thermalservice(LIMITS).thresholds
    assert ("skin", SensorKind.SKIN, 41.5) == (skin.name, skin.kind, skin.severe_c)
    assert skin.hot_c == (36.5, None, 39.0, 41.5, None, None, 90.0)
    assert ("cpu 0", SensorKind.CPU, None) == (cpu.name, cpu.kind, cpu.severe_c)


DUMPS = (
    "dumpsys_thermalservice_memfault_parsePixelOutput.txt",
    "dumpsys_thermalservice_memfault_parseOtherOutput.txt",
    "dumpsys_thermalservice_memfault_parseSamsungOutput.txt",
    "dumpsys_thermalservice_memfault_parseEmulator_spaceInName.txt",
    "dumpsys_thermalservice_memfault_parseMissingValue_ignoresRecord.txt",
    "dumpsys_thermalservice_pixel6_tensor_skia_EXCERPT.txt",
    "dumpsys_thermalservice_samsung_sdhms_skia.txt",
    "dumpsys_thermalservice_shieldtv_stale_cache_EXCERPT.txt",
)
NAMES = {"usb": "TYPE_USB_PORT", "pa": "TYPE_POWER_AMPLIFIER", "subbat": "SUBBAT"}
"""Sensors of no kind of their own, by their names."""


def told(dump: ThermalDump) -> dict[str, Any]:
    reading = Reading(0, dump.temperatures)
    by_name = {t.name: t.temp_c for t in dump.temperatures}
    severe = [t.severe_c for t in dump.thresholds if t.kind is SensorKind.SKIN]
    return {
        "status": dump.status,
        "skin": reading.hottest(SensorKind.SKIN),
        "skin_name": next((t.name for t in dump.temperatures if t.kind is SensorKind.SKIN), ""),
        "skin_severe_threshold": next(iter(severe), None),
        "battery": reading.hottest(SensorKind.BATTERY),
        "cpu_max": reading.hottest(SensorKind.CPU),
        "gpu_max": reading.hottest(SensorKind.GPU),
        "npu_max": reading.hottest(SensorKind.NPU),
    } | {key: by_name.get(name) for key, name in NAMES.items()}


@pytest.mark.parametrize("name", DUMPS)
def test_real_phones(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    truth = expected("thermalservice", name)
    dump = parse_thermalservice(sample(name))
    truth.pop("note", None)
    assert truth == {key: told(dump)[key] for key in truth}
    assert all(t.temp_c < 100 for t in dump.temperatures)


def test_every_dump_is_checked(expected: Callable[[str, str], Any]) -> None:
    assert {"_rule", *DUMPS} == set(expected("thermalservice", ""))


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_thermalservice("Thermal Status: 0\nCurrent temperatures from HAL:\n" + text)
