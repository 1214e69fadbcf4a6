"""`dumpsys battery`."""

import re

from labtui.core.readings import Battery

_LINE = re.compile(r"^\s*([A-Za-z][A-Za-z ]{0,40}):\s*(-?\d{1,9}|true|false)\s*$", re.MULTILINE)
_SUPPLY = re.compile(r"(AC|USB|Wireless|Dock) powered")
_CHARGING = {2: True, 3: False, 4: False, 5: False}
"""BatteryManager.BATTERY_STATUS_*: charging, discharging, not charging, full; 1 = unknown."""


def parse_battery(text: str) -> Battery | None:
    """Read the dump; None when nothing in it belongs to a battery.

    Vendors append dozens of lines, some under keys that differ only in case: the first counts.
    """
    numbers: dict[str, int] = {}
    switches: dict[str, bool] = {}
    for key, value in _LINE.findall(text):
        if value in ("true", "false"):
            switches.setdefault(key, value == "true")
        else:
            numbers.setdefault(key, int(value))
    battery = Battery(
        level_percent=_level_percent(numbers),
        temp_c=_tenths_c(numbers.get("temperature")),
        voltage_mv=_within(numbers.get("voltage"), 500, 50_000),
        is_charging=_CHARGING.get(numbers.get("status", 1)),
        power_sources=_power_sources(switches),
        charge_uah=_within(numbers.get("Charge counter"), 1, 100_000_000),
        current_now=numbers.get("current now"),
    )
    return None if battery == Battery() else battery


def _power_sources(switches: dict[str, bool]) -> tuple[str, ...] | None:
    """Return the supplies that are attached; None when the dump names no supply."""
    named = {match[1]: on for key, on in switches.items() if (match := _SUPPLY.fullmatch(key))}
    return tuple(name.lower() for name, on in named.items() if on) if named else None


def _level_percent(numbers: dict[str, int]) -> int | None:
    level, scale = numbers.get("level"), numbers.get("scale", 100)
    if level is None or scale <= 0:
        return None
    return _within(round(level * 100 / scale), 0, 100)


def _tenths_c(tenths: int | None) -> float | None:
    """Return °C; 0 is what a phone without the sensor says."""
    tenths = _within(tenths, -400, 1500)
    return tenths / 10 if tenths else None


def _within(value: int | None, low: int, high: int) -> int | None:
    return value if value is not None and low <= value <= high else None
