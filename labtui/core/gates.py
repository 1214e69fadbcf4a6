"""What a device has to be like before a block begins, so that blocks are alike."""

from dataclasses import dataclass

from labtui.core.readings import Reading, ThermalStatus


@dataclass(frozen=True, slots=True)
class Gates:
    """Conditions of a block; None = it does not matter. What cannot be read keeps no gate shut."""

    band_c: float | None = None
    """At most this many °C from where the first block began."""
    max_status: ThermalStatus | None = ThermalStatus.MODERATE
    """Worst thermal status."""
    min_battery_percent: int | None = 15
    keeps_power: bool = True
    """Whether charging may not begin or end after the first block has begun."""
    wait_s: float = 120.0
    """How long to wait; then the block begins all the same, and says so."""


def shut(gates: Gates, now: Reading, first: Reading | None) -> tuple[str, ...]:
    """Return why a block should wait, one clause each; empty when it may begin.

    `first` is what the device was like when its first block began; None before that.
    """
    clauses = (
        _temperature(gates, now, first),
        _status(gates, now),
        _battery(gates, now),
        _power(gates, now, first),
    )
    return tuple(clause for clause in clauses if clause)


def _temperature(gates: Gates, now: Reading, first: Reading | None) -> str:
    start_c = first.headline_c if first else None
    if gates.band_c is None or start_c is None or now.headline_c is None:
        return ""
    off_c = now.headline_c - start_c
    if abs(off_c) <= gates.band_c:
        return ""
    side = "warmer" if off_c > 0 else "colder"
    return f"it is {abs(off_c):.1f} °C {side} than at the start ({start_c:.1f} °C)"


def _status(gates: Gates, now: Reading) -> str:
    if gates.max_status is None or now.thermal_status is None:
        return ""
    if now.thermal_status <= gates.max_status:
        return ""
    return f"its thermal status is {now.thermal_status.name.lower()}"


def _battery(gates: Gates, now: Reading) -> str:
    level = now.battery.level_percent if now.battery else None
    if gates.min_battery_percent is None or level is None or level >= gates.min_battery_percent:
        return ""
    return f"its battery is at {level} %"


def _power(gates: Gates, now: Reading, first: Reading | None) -> str:
    before, after = _is_charging(first), _is_charging(now)
    if not gates.keeps_power or before is None or after is None or before is after:
        return ""
    return "it is charging, and was not at the start" if after else "it has stopped charging"


def _is_charging(reading: Reading | None) -> bool | None:
    return reading.battery.is_charging if reading and reading.battery else None
