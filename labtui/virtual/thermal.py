"""How a phone heats with work, throttles and cools: a pure model, no clock."""

import math

from labtui.virtual.profile import Heat, ThrottleStep

HYSTERESIS_C = 1.0
"""How far the skin must cool below a step before the phone leaves it."""
FIXED_PERFORMANCE_RATIO = 0.7
"""Clock in fixed-performance mode / hardware maximum: what phones hold for long."""
_BATTERY_SHARE = 0.75
_BATTERY_SLOWNESS = 1.6
_MAX_STEP_S = 0.5
_COLD = ThrottleStep(-math.inf, 0, 1.0)


class ThermalModel:
    """Chip, skin and battery as three masses, each drawn to its own target temperature.

    Power follows the square of the clock: a throttled phone does less work and stays cooler.
    """

    def __init__(self, heat: Heat) -> None:
        self._heat = heat
        self._idle_c = heat.ambient_c + heat.idle_rise_c
        self.skin_c = self._idle_c
        self.cpu_c = self._idle_c + 1.0
        self.battery_c = self._idle_c
        self._step = _COLD
        self.is_performance_fixed = False
        """The clock has no boost: it stays where the phone can hold it for long."""
        self.forced_status: int | None = None
        """`cmd thermalservice override-status`: reported instead of the model's own."""

    @property
    def status(self) -> int:
        """The platform's thermal status, 0 to 6."""
        return self._step.status if self.forced_status is None else self.forced_status

    @property
    def limit_ratio(self) -> float:
        """Clock limit that heat leaves / hardware maximum of the fastest cluster."""
        return self._step.clock_ratio

    @property
    def clock_ratio(self) -> float:
        """Clock under load / hardware maximum of the fastest cluster."""
        fixed_ratio = FIXED_PERFORMANCE_RATIO if self.is_performance_fixed else 1.0
        return min(self.limit_ratio, fixed_ratio)

    def temp_c(self, node: str, offset: float) -> float:
        """Return what a sensor on `node` reads."""
        base = {
            "cpu": self.cpu_c,
            "skin": self.skin_c,
            "battery": self.battery_c,
            "ambient": self._heat.ambient_c,
            "fixed": 0.0,
        }[node]
        return base + offset

    def advance(self, seconds: float, load: float) -> None:
        """Let time pass with the CPU busy for the share `load` (0 to 1) of it."""
        left_s = seconds
        while left_s > 0:
            # Once nothing changes the clock any more, one step of any length is exact enough.
            step_s = min(left_s, _MAX_STEP_S) if load or self._step.status else left_s
            self._relax(step_s, load)
            left_s -= step_s

    def set_skin(self, skin_c: float) -> None:
        """Put the phone to a temperature, throttling included."""
        self.cpu_c += skin_c - self.skin_c
        self.skin_c = self.battery_c = skin_c
        self._choose_step()

    def _relax(self, seconds: float, load: float) -> None:
        heat, power = self._heat, load * self.clock_ratio**2
        skin_target = self._idle_c + heat.skin_rise_c * power
        self.skin_c = _drawn(self.skin_c, skin_target, seconds / heat.skin_tau_s)
        cpu_target = self.skin_c + 1.0 + heat.cpu_rise_c * power
        self.cpu_c = _drawn(self.cpu_c, cpu_target, seconds / heat.cpu_tau_s)
        battery_target = heat.ambient_c + _BATTERY_SHARE * (self.skin_c - heat.ambient_c)
        battery_tau_s = heat.skin_tau_s * _BATTERY_SLOWNESS
        self.battery_c = _drawn(self.battery_c, battery_target, seconds / battery_tau_s)
        self._choose_step()

    def _choose_step(self) -> None:
        entered = [s for s in self._heat.steps if self.skin_c >= s.skin_c]
        held = [s for s in self._heat.steps if self.skin_c >= s.skin_c - HYSTERESIS_C]
        if entered and entered[-1].skin_c > self._step.skin_c:
            self._step = entered[-1]
        elif self._step not in held:
            self._step = held[-1] if held else _COLD


def _drawn(value: float, target: float, time_constants: float) -> float:
    return target + (value - target) * math.exp(-time_constants)
