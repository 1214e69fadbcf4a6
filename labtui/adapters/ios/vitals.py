"""What iPhones say of themselves, checked. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.plists import Record, text_of
from labtui.adapters.ios.products import product_name, soc_name
from labtui.core.model import DeviceFacts
from labtui.core.readings import Battery, Reading, SensorKind, Temperature
from labtui.core.text import clean

_MAX_BYTES = 1 << 50
_VIRTUAL_KEY = "LabtuiVirtual"


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a phone tells everybody."""

    facts: DeviceFacts
    given_name: str
    """What its owner calls it; the same as its kind where it has no name."""
    ios: tuple[int, ...]
    """Version of iOS; empty when unknown."""

    @property
    def is_too_old(self) -> bool:
        """Whether the runner app cannot be installed."""
        return bool(self.ios) and self.ios < (16,)

    @property
    def is_hard_to_launch(self) -> bool:
        """Whether no computer can start an app without root: iOS 17.0 to 17.3."""
        return (17,) <= self.ios < (17, 4)


@dataclass(frozen=True, slots=True)
class Status:
    """What a phone tells a paired host."""

    free_bytes: int | None
    is_locked: bool
    has_developer_mode: bool | None
    """None where iOS is too old to have it, or does not say."""
    bundle_id: str
    """Of the runner app; empty when it is not installed."""


def parse_public(values: Record, udid: str) -> Vitals:
    """Read lockdown's public values."""
    product_type = clean(text_of(values, "ProductType"), 40)
    name = product_name(product_type) or "iPhone"
    version = clean(text_of(values, "ProductVersion"), 20)
    facts = DeviceFacts(
        hardware_id=udid,
        name=name,
        soc=soc_name(product_type),
        os_version=f"iOS {version or '?'}",
        build=clean(text_of(values, "BuildVersion"), 40),
        abi=clean(text_of(values, "CPUArchitecture"), 20) or "arm64",
        is_virtual=values.get(_VIRTUAL_KEY) is True,
    )
    given_name = clean(text_of(values, "DeviceName").strip(), 60)
    return Vitals(facts, given_name or name, _version(version))


def parse_status(answer: Arguments) -> Status:
    """Read the answer to `status`."""
    developer_mode, runner = answer.get("has_developer_mode"), answer.get("runner")
    bundle_id = text_of(runner, "bundle_id") if isinstance(runner, dict) else ""
    return Status(
        free_bytes=_whole(answer.get("free_bytes"), 0, _MAX_BYTES),
        is_locked=answer.get("is_locked") is True,
        has_developer_mode=developer_mode if isinstance(developer_mode, bool) else None,
        bundle_id=bundle_id if re.fullmatch(r"[A-Za-z0-9.-]{1,155}", bundle_id) else "",
    )


def parse_battery(answer: Arguments, boot_ns: int) -> Reading:
    """Read the answer to `battery`, taken at `boot_ns` of the phone's clock (0 = unknown)."""
    centi_c = _whole(answer.get("Temperature"), -5_000, 15_000)
    temp_c = None if centi_c is None else centi_c / 100
    is_charging, external = answer.get("IsCharging"), answer.get("ExternalConnected")
    battery = Battery(
        level_percent=_whole(answer.get("CurrentCapacity"), 0, 100),
        temp_c=temp_c,
        voltage_mv=_whole(answer.get("Voltage"), 500, 50_000),
        is_charging=is_charging if isinstance(is_charging, bool) else None,
        power_sources=(("usb",) if external else ()) if isinstance(external, bool) else None,
    )
    sensors = () if temp_c is None else (Temperature("battery", SensorKind.BATTERY, temp_c),)
    return Reading(boot_ns, sensors, battery=None if battery == Battery() else battery)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"[\d.]*\d", text) else ()


def _whole(value: Any, low: int, high: int) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and low <= value <= high else None
