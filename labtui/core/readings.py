"""Temperature, thermal status, battery and clock limits of a device at one time."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class SensorKind(StrEnum):
    """What a temperature sensor sits on."""

    CPU = "cpu"
    GPU = "gpu"
    NPU = "npu"
    SKIN = "skin"
    BATTERY = "battery"
    OTHER = "other"


class ThermalStatus(IntEnum):
    """Android's PowerManager.THERMAL_STATUS_*; iOS states map onto 0, 1, 2 and 4."""

    NONE = 0
    LIGHT = 1
    MODERATE = 2
    SEVERE = 3
    CRITICAL = 4
    EMERGENCY = 5
    SHUTDOWN = 6


@dataclass(frozen=True, slots=True)
class Temperature:
    """One sensor."""

    name: str
    kind: SensorKind
    temp_c: float


@dataclass(frozen=True, slots=True)
class Battery:
    """State of charge; None where the device does not say."""

    level_percent: int | None = None
    temp_c: float | None = None
    voltage_mv: int | None = None
    is_charging: bool | None = None
    power_sources: tuple[str, ...] | None = None
    """Supplies that are attached (`ac`, `usb`, `wireless`, `dock`); empty = none is."""
    charge_uah: int | None = None
    current_now: int | None = None
    """As the phone counts it: unit (µA or mA) and sign are its maker's."""


@dataclass(frozen=True, slots=True)
class ClusterClock:
    """One CPU cluster's clock, in kHz; None where it cannot be read."""

    name: str
    """`policy0`, `policy4`, …"""
    now_khz: int | None
    limit_khz: int | None
    """The present upper limit (`scaling_max_freq`)."""
    max_khz: int | None
    """What the hardware can do (`cpuinfo_max_freq`)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything a device would say about its own state; unreadable means None or empty."""

    boot_ns: int
    """Device time since boot, sleep included (`CLOCK_BOOTTIME`)."""
    temperatures: tuple[Temperature, ...] = ()
    thermal_status: ThermalStatus | None = None
    battery: Battery | None = None
    clocks: tuple[ClusterClock, ...] = ()

    def hottest(self, kind: SensorKind) -> float | None:
        """Return the highest temperature of the sensors of one kind, in °C."""
        return max((t.temp_c for t in self.temperatures if t.kind is kind), default=None)

    @property
    def headline_c(self) -> float | None:
        """The one temperature to plot: skin, else battery, else CPU (what throttling follows)."""
        for kind in (SensorKind.SKIN, SensorKind.BATTERY, SensorKind.CPU):
            if (temp_c := self.hottest(kind)) is not None:
                return temp_c
        return self.battery.temp_c if self.battery else None

    @property
    def clock_limit_ratio(self) -> float | None:
        """Lowest limit / hardware maximum over the clusters; 1.0 = not capped, None = unknown."""
        ratios = [c.limit_khz / c.max_khz for c in self.clocks if c.limit_khz and c.max_khz]
        return min(ratios, default=None)

    @property
    def is_throttled(self) -> bool | None:
        """Whether the platform says so (status or clock limit); None when neither is readable."""
        if self.thermal_status is None and self.clock_limit_ratio is None:
            return None
        return bool(self.thermal_status) or (self.clock_limit_ratio or 1.0) < 1.0
