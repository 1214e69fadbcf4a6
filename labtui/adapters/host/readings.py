"""Temperatures, battery and clocks of this computer, where Linux shows them."""

import re
from pathlib import Path

from labtui.core.logs.sysfs import parse_zones
from labtui.core.readings import Battery, Reading
from labtui.hostrunner.clocks import boot_ns
from labtui.hostrunner.sysfs import SYS, cluster_clocks, listing, read_value

_CHARGING = frozenset({"Charging", "Full"})


def host_reading(root: Path = SYS) -> Reading:
    """Read everything below `root` that can be read."""
    return Reading(
        boot_ns=boot_ns(),
        temperatures=parse_zones(listing(root, "class/thermal/thermal_zone*", ("type", "temp"))),
        battery=_battery(root),
        clocks=cluster_clocks(root),
    )


def _battery(root: Path) -> Battery | None:
    supplies = sorted(root.glob("class/power_supply/*"))
    supply = next((s for s in supplies if read_value(s / "type") == "Battery"), None)
    if supply is None:
        return None
    temp_tenths_c, voltage_uv = _integer(supply / "temp"), _integer(supply / "voltage_now")
    status = read_value(supply / "status")
    return Battery(
        level_percent=_integer(supply / "capacity"),
        temp_c=None if temp_tenths_c is None else temp_tenths_c / 10,
        voltage_mv=None if voltage_uv is None else voltage_uv // 1000,
        is_charging=status in _CHARGING if status else None,
    )


def _integer(path: Path) -> int | None:
    value = read_value(path)
    return int(value) if re.fullmatch(r"-?\d{1,12}", value) else None
