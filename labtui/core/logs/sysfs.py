"""Files under /sys as `grep -s . FILES` prints them: `path:value`, one line per file.

Paths are matched by their end, so that a phone whose file system is a folder of the host reads
like any other.
"""

import re
from collections.abc import Iterator

from labtui.core.readings import ClusterClock, SensorKind, Temperature
from labtui.core.text import clean

MAX_ZONES = 256
MAX_CLUSTERS = 64
LOWEST_C, HIGHEST_C = -40.0, 150.0

_ZONE = re.compile(r"/thermal_zone(\d{1,4})/(type|temp):(.{1,64})$", re.MULTILINE)
_CAT = re.compile(r"\bcat (\S{1,120}/thermal_zone\d{1,4}/(?:type|temp))\r?\n(.{1,64}\n)")
"""A terminal's transcript: the command, and the file's only line below it."""
_CLOCK = re.compile(
    r"/(?:cpufreq/(policy\d{1,3})|(cpu\d{1,3})/cpufreq)"
    r"/(scaling_cur_freq|scaling_max_freq|cpuinfo_max_freq):(\d{1,9})\s*$",
    re.MULTILINE,
)
_NOT_TEMPERATURES = re.compile(r"ibat|vbat|vph|bcl|-lvl|^soc$|ocp|vdroop|batoilo", re.IGNORECASE)
_KINDS = (
    (SensorKind.GPU, re.compile(r"gpu|kgsl|g3d|mali", re.IGNORECASE)),
    (SensorKind.NPU, re.compile(r"npu|tpu|nsp|cdsp|apu|mdla", re.IGNORECASE)),
    (SensorKind.BATTERY, re.compile(r"batt?ery|^batt?$|_batt?$|mtktsbat", re.IGNORECASE)),
    (SensorKind.SKIN, re.compile(r"skin|quiet|shell|back_temp|mtktsap$", re.IGNORECASE)),
    (
        SensorKind.CPU,
        re.compile(r"cpu|apc|^big$|^mid$|^little$|tsens_tz|cluster|soc[-_]therm", re.IGNORECASE),
    ),
    (SensorKind.CPU, re.compile(r"^x86_pkg_temp$|^coretemp$|^k10temp$", re.IGNORECASE)),
)


def parse_zones(text: str) -> tuple[Temperature, ...]:
    """Read /sys/class/thermal/thermal_zone*/{type,temp}; unreadable zones are left out."""
    zones: dict[int, dict[str, str]] = {}
    for number, field, value in _ZONE.findall(text):
        if len(zones) < MAX_ZONES:
            zones.setdefault(int(number), {})[field] = value.strip()
    return tuple(_temperatures(zones))


def parse_zone_kinds(text: str) -> tuple[tuple[int, str, SensorKind], ...]:
    """Return number, name and kind of each zone that is named, whether or not it can be read.

    Takes `path:value` lines, and transcripts of `cat path`, whose cut last line is left out.
    """
    listed = "".join(f"/{path}:{value}" for path, value in _CAT.findall(text)) or text
    names = {int(n): value.strip() for n, field, value in _ZONE.findall(listed) if field == "type"}
    ordered = sorted(names.items())[:MAX_ZONES]
    return tuple((number, clean(name, 40), _kind(name)) for number, name in ordered)


def _temperatures(zones: dict[int, dict[str, str]]) -> Iterator[Temperature]:
    for number in sorted(zones):
        name = zones[number].get("type", "")
        temp_c = zone_celsius(zones[number].get("temp", ""))
        if temp_c is not None and not _NOT_TEMPERATURES.search(name):
            yield Temperature(clean(name, 40), _kind(name), temp_c)


def _kind(name: str) -> SensorKind:
    return next((kind for kind, pattern in _KINDS if pattern.search(name)), SensorKind.OTHER)


def zone_celsius(value: str) -> float | None:
    """Return °C of a zone that may count in °C, 0.1 °C or 0.001 °C; None if it is implausible.

    One kernel may mix all three (msm8953 prints 309, 31 and 32636 side by side), so the unit is
    told from the size of each value.
    """
    if not re.fullmatch(r"-?\d{1,7}", value):
        return None
    number = int(value)
    unit = 1 if abs(number) < 150 else 10 if abs(number) < 1500 else 1000
    temp_c = number / unit
    return temp_c if LOWEST_C < temp_c < HIGHEST_C and number != 0 else None


def parse_cpufreq(text: str) -> tuple[ClusterClock, ...]:
    """Read cpufreq/policy*; kernels without policies list each core, which then counts itself."""
    policies: dict[str, dict[str, int]] = {}
    cores: dict[str, dict[str, int]] = {}
    for policy, core, field, value in _CLOCK.findall(text):
        clusters = policies if policy else cores
        if len(clusters) < MAX_CLUSTERS:
            clusters.setdefault(policy or core, {})[field] = int(value)
    chosen = policies or cores
    return tuple(_clock(name, chosen[name]) for name in sorted(chosen, key=_number))


def _clock(name: str, khz: dict[str, int]) -> ClusterClock:
    return ClusterClock(
        name=name,
        now_khz=khz.get("scaling_cur_freq"),
        limit_khz=khz.get("scaling_max_freq"),
        max_khz=khz.get("cpuinfo_max_freq"),
    )


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))
