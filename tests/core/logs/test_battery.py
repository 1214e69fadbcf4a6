from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.battery import parse_battery
from labtui.core.readings import Battery

HEAD = "Current Battery Service state:\n"


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
        ("  AC powered: true\nmSavedBatteryAsoc: [98]\n", None),
        ("", None),
    ],
)
def test_each_field(lines: str, battery: Battery | None) -> None:
    assert battery == parse_battery(HEAD + lines)


@pytest.mark.parametrize(
    "name",
    [
        "dumpsys_battery_samsung_mcloud150.txt",
        "dumpsys_battery_pixelc_syzkaller79.txt",
        "dumpsys_battery_honor_new_fields.txt",
    ],
)
def test_real_phones(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    truth = expected("battery", name)
    battery = parse_battery(sample(name))
    assert battery is not None
    assert (truth["level"], truth["temp"]) == (battery.level_percent, battery.temp_c)


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_battery(HEAD + text)
