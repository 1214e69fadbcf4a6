"""What is asked of a phone, each in one round trip, and how its answers read."""

import re
from dataclasses import dataclass

from labtui.adapters.android.shell import sections, split_sections
from labtui.adapters.android.soc import product_name, soc_name
from labtui.core.logs.battery import parse_battery
from labtui.core.logs.df import parse_free_bytes
from labtui.core.logs.getprop import parse_getprop
from labtui.core.logs.sysfs import parse_cpufreq, parse_zones
from labtui.core.logs.thermalservice import parse_thermalservice
from labtui.core.model import DeviceFacts
from labtui.core.readings import Reading
from labtui.core.text import clean

DATA_FOLDER = "/data/local/tmp"

_ZONES = "/sys/class/thermal/thermal_zone*"
_CPU = "/sys/devices/system/cpu"
_FREQUENCIES = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq")
_STATE_SCRIPTS = (
    "cat /proc/uptime",
    "dumpsys thermalservice",
    "dumpsys battery",
    f"grep -s . {_ZONES}/type {_ZONES}/temp",
    "grep -s . "
    + " ".join(
        f"{_CPU}/{c}/{f}" for c in ("cpufreq/policy*", "cpu*/cpufreq") for f in _FREQUENCIES
    ),
)
_FACTS_SCRIPTS = ("getprop", f"df {DATA_FOLDER}", *_STATE_SCRIPTS)

# A failing part is an unknown value; its complaint goes to stderr, which nobody reads.
STATE_SCRIPT = sections(_STATE_SCRIPTS)
FACTS_SCRIPT = sections(_FACTS_SCRIPTS)


@dataclass(frozen=True, slots=True)
class Vitals:
    """A phone's first answer: who it is and how it does."""

    facts: DeviceFacts
    reading: Reading
    free_bytes: int | None
    is_booted: bool


def parse_vitals(output: str, serial: str) -> Vitals:
    """Read the answer to FACTS_SCRIPT; the serial stands in where the phone knows no number."""
    properties, df, *state = split_sections(output, len(_FACTS_SCRIPTS))
    known = parse_getprop(properties)
    return Vitals(
        facts=_facts(known, serial),
        reading=_reading(state),
        free_bytes=parse_free_bytes(df),
        is_booted=_is_booted(known),
    )


def parse_state(output: str) -> Reading:
    """Read the answer to STATE_SCRIPT."""
    return _reading(split_sections(output, len(_STATE_SCRIPTS)))


def _reading(answers: list[str]) -> Reading:
    uptime, thermal, battery, zones, frequencies = answers
    dump = parse_thermalservice(thermal)
    return Reading(
        boot_ns=parse_uptime(uptime),
        temperatures=dump.temperatures or parse_zones(zones),
        thermal_status=dump.status,
        battery=parse_battery(battery),
        clocks=parse_cpufreq(frequencies),
    )


def parse_uptime(uptime: str) -> int:
    """Return ns since boot, 0 when unreadable; /proc/uptime has a resolution of 10 ms."""
    match = re.match(r"\s*(\d{1,10})\.(\d\d)\b", uptime)
    return (int(match[1]) * 100 + int(match[2])) * 10_000_000 if match else 0


def _facts(properties: dict[str, str], serial: str) -> DeviceFacts:
    def prop(*keys: str) -> str:
        return clean(next((v for key in keys if (v := properties.get(key, "").strip())), ""))

    return DeviceFacts(
        hardware_id=prop("ro.serialno", "ro.boot.serialno") or serial,
        name=clean(product_name(properties)) or serial,
        soc=clean(soc_name(properties)),
        os_version=f"Android {prop('ro.build.version.release') or '?'}",
        build=prop("ro.build.fingerprint", "ro.build.display.id"),
        abi=prop("ro.product.cpu.abi"),
        is_virtual=prop("ro.labtui.virtual") == "1",
    )


def _is_booted(properties: dict[str, str]) -> bool:
    """Tell whether Android is up: adb answers many seconds earlier, `dumpsys` does not."""
    if "sys.boot_completed" in properties:
        return properties["sys.boot_completed"] == "1"
    return properties.get("init.svc.bootanim") != "running"
