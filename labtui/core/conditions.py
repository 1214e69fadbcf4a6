"""Under which conditions a number came about, and what was different for another one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from labtui.core.history import LaunchRow

START_BAND_C = 3.0
"""Phones that begin further apart than this run at different clocks."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What belongs to the launches of one variant on one device."""

    origin: str
    """`real`, `virtual` or `imported`."""
    device: str
    system: str
    """Version and build."""
    engine: str
    runner: str
    options: str
    """What was asked for."""
    settings: str
    """What the device was set to for the run."""
    used: str
    """Which units ran it."""
    start_temp_c: float | None
    throttled: str
    """`yes`, `no`, or `unknown`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One condition that was not the same."""

    what: str
    one: str
    other: str

    @property
    def text(self) -> str:
        """What differs, in words."""
        return f"{self.what}: {self.one} against {self.other}"


def conditions_of(launches: Sequence[LaunchRow]) -> Conditions:
    """Return the conditions of launches that belong together; takes at least one."""
    first = launches[0]
    temps = [launch.start_temp_c for launch in launches if launch.start_temp_c is not None]
    return Conditions(
        origin="imported" if first.is_imported else "virtual" if first.is_virtual else "real",
        device=f"{first.device_name}, {first.soc}".rstrip(", "),
        system=_all(f"{launch.os_version} ({launch.build})" for launch in launches),
        engine=_all(launch.engine for launch in launches),
        runner=_all(launch.runner for launch in launches),
        options=_all(map(_options, launches)),
        settings=_all(", ".join(launch.settings) or "its own" for launch in launches),
        used=_all(launch.placement for launch in launches),
        start_temp_c=median(temps) if temps else None,
        throttled=_throttled([launch.was_throttled for launch in launches]),
    )


def _all(words: Iterable[str]) -> str:
    return " and ".join(sorted({word for word in words if word})) or "unknown"


def _options(launch: LaunchRow) -> str:
    threads = "1 thread" if launch.threads == 1 else f"{launch.threads} threads"
    affinity = "" if launch.affinity is None else f", CPUs {launch.affinity:x}"
    xnnpack = "" if launch.xnnpack else ", no XNNPACK"
    return f"{launch.accelerator_asked}, {threads}{affinity}{xnnpack}"


def _throttled(told: Sequence[bool | None]) -> str:
    if any(told):
        return "yes"
    return "unknown" if None in told else "no"


def differences(one: Conditions, other: Conditions) -> tuple[Difference, ...]:
    """Return what was different and matters to a latency; unknown conditions do not differ."""
    named = (
        ("origin", one.origin, other.origin),
        ("device", one.device, other.device),
        ("system", one.system, other.system),
        ("engine", one.engine, other.engine),
        ("runner", one.runner, other.runner),
        ("options", one.options, other.options),
        ("settings", one.settings, other.settings),
        ("throttled", one.throttled, other.throttled),
    )
    found = [Difference(*words) for words in named if _differ(words[1], words[2])]
    return (*found, *_temperature(one.start_temp_c, other.start_temp_c))


def _differ(one: str, other: str) -> bool:
    return one != other and "unknown" not in (one, other)


def _temperature(one_c: float | None, other_c: float | None) -> tuple[Difference, ...]:
    if one_c is None or other_c is None or abs(one_c - other_c) <= START_BAND_C:
        return ()
    return (Difference("temperature at start", f"{one_c:.1f} °C", f"{other_c:.1f} °C"),)
