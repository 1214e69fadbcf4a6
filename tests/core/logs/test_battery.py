from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.battery import parse_battery
from labtui.core.readings import Battery

HEAD = "Current Battery Service state:\n"
DUMPS = (
    "dumpsys_battery_samsung_mcloud150.txt",
    "dumpsys_battery_pixelc_syzkaller79.txt",
    "dumpsys_battery_honor_new_fields.txt",
)


@pytest.mark.parametrize(
    ("lines", "battery"),
    [
        ("  level: 54\n  scale: 100\n", Battery(level_percent=54)),
        ("  level: 1\n  scale: 2\n", Battery(level_percent=50)),
        ("  level: 54\n  scale: 0\n", None),
        ("  level: 540\n", None),
        ("  temperature: 309\n", Battery(temp_c=30.9)),
        ("  temperature: 0\n", None),
        ("  temperature: 99999\n", None),
        ("  temperature: 250\n  temperature: 700\n", Battery(temp_c=25.0)),
        ("  voltage: 4312\n  Max charging voltage: 5000000\n", Battery(voltage_mv=4312)),
        ("  status: 2\n", Battery(is_charging=True)),
        ("  status: 5\n", Battery(is_charging=False)),
        ("  status: 1\n", None),
        ("mSavedBatteryAsoc: [98]\n", None),
        ("  AC powered: true\n  USB powered: true\n", Battery(power_sources=("ac", "usb"))),
        ("  AC powered: false\n  Dock powered: false\n", Battery(power_sources=())),
        ("  Charge counter: 2448973\n", Battery(charge_uah=2_448_973)),
        ("  Charge counter: 0\n", None),
        ("  current now: 0\n", Battery(current_now=0)),
        ("  current now: -257109\n  charge counter: 5\n", Battery(current_now=-257_109)),
        ("", None),
    ],
)
def test_each_field(lines: str, battery: Battery | None) -> None:
    assert battery == parse_battery(HEAD + lines)


@pytest.mark.parametrize("name", DUMPS)
def test_real_phones(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    truth = expected("battery", name)
    battery = parse_battery(sample(name))
    assert battery is not None
    sources = battery.power_sources
    assert sources is not None
    told = {
        "level": battery.level_percent,
        "temp": battery.temp_c,
        "usb": "usb" in sources,
        "ac": "ac" in sources,
        "powered": bool(sources),
        "charge_counter_uah": battery.charge_uah,
        "current_now": battery.current_now,
    }
    assert truth == {key: told[key] for key in truth}


def test_every_dump_is_checked(expected: Callable[[str, str], Any]) -> None:
    assert set(DUMPS) == set(expected("battery", ""))


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_battery(HEAD + text)
