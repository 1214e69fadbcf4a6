"""What is known of a kind of phone: read from the TOML files in `profiles/`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from labtui.errors import UsageError

_PROFILES = files("labtui.virtual") / "profiles"


@dataclass(frozen=True, slots=True)
class Cluster:
    """CPU cores that share one clock."""

    policy: int
    cores: tuple[int, ...]
    min_khz: int
    max_khz: int
    cap_share: float
    """How much of the thermal clock cap hits this cluster: 1 = all of it, 0 = none."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A temperature as the thermal HAL reports it."""

    name: str
    type: int
    """The HAL's own `mType`."""
    node: str
    """What it follows: `cpu`, `skin`, `battery`, `ambient`, or `fixed`."""
    offset: float
    """Added to the node's temperature; the whole value of a `fixed` one."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A thermal zone in /sys."""

    type: str
    node: str
    offset: float
    per_degree: int
    """Unit of its `temp` file: 1000 = m°C, 10 = 0.1 °C, 1 = °C."""


@dataclass(frozen=True, slots=True)
class ThrottleStep:
    """From this skin temperature on, this status and clock limit."""

    skin_c: float
    status: int
    clock_ratio: float


@dataclass(frozen=True, slots=True)
class Heat:
    """How a phone warms up and cools down.

    Virtual phones change temperature several times faster than real ones, so that a run of a
    minute shows what takes ten on the desk.
    """

    ambient_c: float
    idle_rise_c: float
    skin_rise_c: float
    """How much warmer than idle the skin gets under full load at full clock."""
    cpu_rise_c: float
    """How much warmer than the skin the chip gets under full load at full clock."""
    skin_tau_s: float
    cpu_tau_s: float
    steps: tuple[ThrottleStep, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of phone."""

    key: str
    name: str
    serial_pattern: str
    """`#` stands for a digit, `@` for a hex digit."""
    kernel: str
    relative_cost: float
    """How many times longer than on one core of this host an inference takes."""
    memory_kb: int
    storage_bytes: int
    system_bytes: int
    battery_uah: int
    battery_extras: str
    """`dumpsys battery` lines of this maker alone."""
    hal: str
    """The line under `HAL connection:`; empty when the thermal HAL is not ready."""
    cooling_devices: tuple[str, ...]
    denied: tuple[str, ...]
    """Globs of virtual files that the shell user may not read."""
    properties: dict[str, str]
    clusters: tuple[Cluster, ...]
    sensors: tuple[Sensor, ...]
    zones: tuple[Zone, ...]
    heat: Heat

    @property
    def core_count(self) -> int:
        """Number of CPU cores."""
        return sum(len(cluster.cores) for cluster in self.clusters)

    def serial(self, index: int) -> str:
        """Return the hardware serial of the `index`th phone of this kind; always the same."""
        digits = iter(sha256(f"{self.key}:{index}".encode()).digest())
        kinds = {"@": "0123456789ABCDEF", "#": "0123456789"}
        return "".join(
            kinds[char][next(digits) % len(kinds[char])] if char in kinds else char
            for char in self.serial_pattern
        )


def profile_names() -> tuple[str, ...]:
    """Return the keys of all profiles, sorted."""
    names = (entry.name for entry in _PROFILES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def number_phones(keys: Sequence[str]) -> list[tuple[Profile, int]]:
    """Return each phone's profile and its number among its kind."""
    return [(load_profile(key), keys[:at].count(key)) for at, key in enumerate(keys)]


@cache
def load_profile(key: str) -> Profile:
    """Return a profile. Raises UsageError for an unknown key."""
    if key not in profile_names():
        raise UsageError(f"{key!r} is no virtual phone; known are {', '.join(profile_names())}")
    data = tomllib.loads((_PROFILES / f"{key}.toml").read_text("utf-8"))
    clusters = tuple(Cluster(**_tuples(row)) for row in data.pop("clusters"))
    sensors = tuple(Sensor(**row) for row in data.pop("sensors", ()))
    zones = tuple(Zone(**row) for row in data.pop("zones"))
    heat = data.pop("heat")
    steps = tuple(ThrottleStep(**row) for row in heat.pop("steps"))
    return Profile(
        key=key, clusters=clusters, sensors=sensors, zones=zones, heat=Heat(**heat, steps=steps),
        **_tuples(data),
    )  # fmt: skip


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in record.items()}
