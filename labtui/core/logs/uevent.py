"""/sys/class/power_supply/battery/uevent: `KEY=value` lines, with or without their prefix."""

import re

from labtui.core.readings import Battery

_LINE = re.compile(r"^(?:POWER_SUPPLY_)?([A-Z_]{2,40})=(.{1,60}?)\r?\n", re.MULTILINE)
_INTEGER = re.compile(r"-?\d{1,12}")
_STATUS = {"Charging": True, "Discharging": False, "Not charging": False, "Full": False}


def parse_uevent(text: str) -> Battery | None:
    """Read the file; None when nothing in it belongs to a battery. A cut last line is left out."""
    fields = dict(reversed(_LINE.findall(text)))
    battery = Battery(
        level_percent=_within(fields, "CAPACITY", 0, 100),
        temp_c=_scaled(_within(fields, "TEMP", -400, 1500), 10),
        voltage_mv=_whole_milli(_within(fields, "VOLTAGE_NOW", 500_000, 50_000_000)),
        is_charging=_STATUS.get(fields.get("STATUS", "")),
        charge_uah=_within(fields, "CHARGE_COUNTER", 1, 100_000_000),
        current_now=_within(fields, "CURRENT_NOW", -100_000_000, 100_000_000),
    )
    return None if battery == Battery() else battery


def _within(fields: dict[str, str], key: str, low: int, high: int) -> int | None:
    text = fields.get(key, "")
    value = int(text) if _INTEGER.fullmatch(text) else None
    return value if value is not None and low <= value <= high else None


def _scaled(tenths: int | None, unit: int) -> float | None:
    """Return °C; 0 is what a phone without the sensor says."""
    return tenths / unit if tenths else None


def _whole_milli(micro: int | None) -> int | None:
    return None if micro is None else round(micro / 1000)
