"""A phone's battery: charging slowly from the cable, as warm as the thermal model says."""

import time
from dataclasses import dataclass
from typing import Protocol

from labtui.virtual.power import Power

_START_PERCENT = 81
_PERCENT_PER_S = 1 / 240
CHARGING, DISCHARGING, FULL = 2, 3, 5
"""Android's BatteryManager.BATTERY_STATUS_*."""


class BatteryProfile(Protocol):
    """What has to be known of a kind of phone to tell how full its battery is."""

    @property
    def battery_uah(self) -> int:
        """Capacity."""
        ...


@dataclass(slots=True)
class _Forced:
    """What `dumpsys battery set` and `unplug` pretend."""

    is_unplugged: bool = False
    level_percent: int | None = None


class BatteryState:
    """State of charge; every value is computed when it is asked for."""

    def __init__(self, profile: BatteryProfile, power: Power) -> None:
        self._power = power
        self._capacity_uah = profile.battery_uah
        self._since_s = time.monotonic()
        self._forced = _Forced()

    @property
    def is_charging(self) -> bool:
        """Whether current flows in from USB."""
        return not self._forced.is_unplugged

    @property
    def level_percent(self) -> int:
        """State of charge, 0 to 100."""
        if self._forced.level_percent is not None:
            return self._forced.level_percent
        charged = (time.monotonic() - self._since_s) * _PERCENT_PER_S
        return min(100, int(_START_PERCENT + charged))

    @property
    def status(self) -> int:
        """Android's battery status."""
        if not self.is_charging:
            return DISCHARGING
        return FULL if self.level_percent >= 100 else CHARGING

    @property
    def voltage_mv(self) -> int:
        """Cell voltage."""
        return 3_600 + 7 * self.level_percent + (40 if self.is_charging else 0)

    @property
    def charge_uah(self) -> int:
        """Charge left."""
        return self._capacity_uah * self.level_percent // 100

    @property
    def temp_c(self) -> float:
        """Temperature of the cell."""
        return self._power.now().battery_c

    def pretend_unplugged(self) -> None:
        """Report no charger (`dumpsys battery unplug`)."""
        self._forced.is_unplugged = True

    def pretend_level(self, percent: int) -> None:
        """Report a state of charge (`dumpsys battery set level`)."""
        self._forced.level_percent = max(0, min(100, percent))

    def reset(self) -> None:
        """Stop pretending (`dumpsys battery reset`)."""
        self._forced = _Forced()
