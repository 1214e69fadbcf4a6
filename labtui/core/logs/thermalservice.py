"""`dumpsys thermalservice` (Android 10 and later)."""

import re
from dataclasses import dataclass
from itertools import islice

from labtui.core.readings import SensorKind, Temperature, ThermalStatus
from labtui.core.text import clean

MAX_SENSORS = 256
LOWEST_C, HIGHEST_C = -40.0, 150.0

_CURRENT = "Current temperatures from HAL:"
_STATUS = re.compile(r"^\s*Thermal Status:\s*(\d+)\s*$", re.MULTILINE)
_SENSOR = re.compile(
    r"^\s*Temperature\{mValue=(?P<value>[^,]{1,32}), mType=(?P<type>-?\d{1,3}), "
    r"mName=(?P<name>.{1,64}), mStatus=(?P<status>\d)\}\s*$"
)
_KIND_OF_TYPE = {
    0: SensorKind.CPU,
    1: SensorKind.GPU,
    2: SensorKind.BATTERY,
    3: SensorKind.SKIN,
    4: SensorKind.OTHER,  # USB port
    5: SensorKind.OTHER,  # power amplifier
    9: SensorKind.NPU,
    10: SensorKind.NPU,
}
"""android.hardware.thermal TemperatureType; -1 is unknown, 6 to 8 are V, mA and %."""
_KIND_OF_NAME = {
    "TYPE_CPU": SensorKind.CPU,
    "TYPE_GPU": SensorKind.GPU,
    "TYPE_NPU": SensorKind.NPU,
    "TYPE_SKIN": SensorKind.SKIN,
    "TYPE_BATTERY": SensorKind.BATTERY,
    "TYPE_USB_PORT": SensorKind.OTHER,
    "TYPE_POWER_AMPLIFIER": SensorKind.OTHER,
}
"""Older Samsung services name the type and shift its number by one: the name is right."""


_THRESHOLD = re.compile(
    r"TemperatureThreshold\{(?:mType=|type: )(?P<type>-?\d{1,3}), "
    r"(?:mName=|name: )(?P<name>.{1,64}?), "
    r"(?:mHotThrottlingThresholds=|hotThrottlingThresholds: )\[(?P<hot>[^\]\n]{1,200})\]"
)
"""Android's own form, and the one of HALs that print the parcel as it is."""


@dataclass(frozen=True, slots=True)
class HotThresholds:
    """Temperatures at which a sensor changes the thermal status."""

    name: str
    kind: SensorKind
    hot_c: tuple[float | None, ...]
    """By ThermalStatus, NONE to SHUTDOWN; None where the phone sets no limit."""

    @property
    def severe_c(self) -> float | None:
        """The limit that a headroom of 1.0 stands for."""
        at_severe = self.hot_c[ThermalStatus.SEVERE :]
        return at_severe[0] if at_severe else None


@dataclass(frozen=True, slots=True)
class ThermalDump:
    """What the thermal service says now."""

    status: ThermalStatus | None
    """The worst of the phone's status and its temperature sensors'; None when it has none."""
    temperatures: tuple[Temperature, ...]
    thresholds: tuple[HotThresholds, ...] = ()
    """Static limits; most phones set few of them, many print none."""


def parse_thermalservice(text: str) -> ThermalDump:
    """Read the dump; only the block of current temperatures counts, the cached one is stale."""
    sensors = [s for line in _current_block(text) if (s := _sensor(line)) is not None]
    return ThermalDump(
        status=_status(text, [status for _, status in sensors]),
        temperatures=tuple(temperature for temperature, _ in sensors),
        thresholds=_thresholds(text),
    )


def _thresholds(text: str) -> tuple[HotThresholds, ...]:
    """Return the limits of sensors that measure temperatures, where any is set."""
    found = []
    for match in islice(_THRESHOLD.finditer(text), MAX_SENSORS):
        kind = _kind(match["name"], int(match["type"]))
        hot_c = tuple(_celsius(value.strip()) for value in match["hot"].split(","))
        if kind is not None and any(hot_c):
            found.append(HotThresholds(clean(match["name"], 40), kind, hot_c))
    return tuple(found)


def _current_block(text: str) -> list[str]:
    """Return the lines of sensors that follow the heading, up to the next heading."""
    lines = iter(text.splitlines())
    block: list[str] = []
    for line in lines:
        if line.strip() == _CURRENT:
            break
    for line in lines:
        if not line.lstrip().startswith("Temperature{") or len(block) == MAX_SENSORS:
            break
        block.append(line)
    return block


def _sensor(line: str) -> tuple[Temperature, int] | None:
    match = _SENSOR.match(line)
    kind = _kind(match["name"], int(match["type"])) if match else None
    temp_c = _celsius(match["value"]) if match else None
    if match is None or kind is None or temp_c is None:
        return None
    return Temperature(clean(match["name"], 40), kind, temp_c), int(match["status"])


def _kind(name: str, type_number: int) -> SensorKind | None:
    if name.startswith("TYPE_"):
        return _KIND_OF_NAME.get(name)
    return _KIND_OF_TYPE.get(type_number)


def _celsius(value: str) -> float | None:
    """Return a plausible temperature; 0.0 and -99.9 are how sensors say that they are absent."""
    try:
        temp_c = float(value)
    except ValueError:
        return None
    return temp_c if LOWEST_C < temp_c < HIGHEST_C and temp_c != 0.0 else None


def _status(text: str, of_sensors: list[int]) -> ThermalStatus | None:
    match = _STATUS.search(text)
    if match is None:
        return None
    worst = max(int(match[1][:4]), *of_sensors, 0)
    return ThermalStatus(worst) if worst in set(ThermalStatus) else None
