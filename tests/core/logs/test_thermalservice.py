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


@pytest.mark.parametrize(
    "name",
    [
        "dumpsys_thermalservice_memfault_parsePixelOutput.txt",
        "dumpsys_thermalservice_memfault_parseOtherOutput.txt",
        "dumpsys_thermalservice_memfault_parseSamsungOutput.txt",
        "dumpsys_thermalservice_memfault_parseEmulator_spaceInName.txt",
        "dumpsys_thermalservice_memfault_parseMissingValue_ignoresRecord.txt",
        "dumpsys_thermalservice_pixel6_tensor_skia_EXCERPT.txt",
        "dumpsys_thermalservice_samsung_sdhms_skia.txt",
        "dumpsys_thermalservice_shieldtv_stale_cache_EXCERPT.txt",
    ],
)
def test_real_phones(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    truth = expected("thermalservice", name)
    dump = parse_thermalservice(sample(name))
    reading = Reading(0, dump.temperatures)
    kinds = {"cpu_max": SensorKind.CPU, "gpu_max": SensorKind.GPU, "npu_max": SensorKind.NPU}
    kinds |= {"skin": SensorKind.SKIN, "battery": SensorKind.BATTERY}
    checked = {key: kind for key, kind in kinds.items() if key in truth}
    assert {k: truth[k] for k in checked} == {k: reading.hottest(v) for k, v in checked.items()}
    assert truth.get("status", 0) == dump.status
    assert all(t.temp_c < 100 for t in dump.temperatures)


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_thermalservice("Thermal Status: 0\nCurrent temperatures from HAL:\n" + text)
