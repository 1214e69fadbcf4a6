"""How launches measure, how many there are, and when they may begin and end: presets by name."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.core.gates import Gates
from labtui.core.protocol import Measure, WarmUp
from labtui.core.stopping import Stop
from labtui.errors import UsageError

_GATES, _STOP = Gates(), Stop()


class Order(StrEnum):
    """How the launches of several variants follow each other on one device."""

    BALANCED = "balanced"
    """Blocks forth and back after `core.order`: neither drift nor neighbours favour a variant."""
    INTERLEAVED = "interleaved"
    """Blocks forth and back (ABBA, BAAB, …), each drawn without regard to the others."""
    SEQUENTIAL = "sequential"
    """All launches of one variant, then the next: only for comparing with other tools."""


@dataclass(frozen=True, slots=True)
class Preset:
    """How each launch measures, and how many there are."""

    name: str
    summary: str
    warmup: WarmUp
    measure: Measure
    launches: int
    """Launches of each variant on each device."""
    order: Order = Order.BALANCED
    rate_hz: float | None = None
    reading_interval_s: float = 1.0
    profile_runs: int = 5
    """Inferences of the profiling pass that follows the first launch of a variant on a device."""
    control_runs: int = 0
    """Inferences of the control run, likewise: without the accelerator or delegate asked for."""
    gates: Gates = _GATES
    """What a device has to be like before a block begins."""
    stop: Stop = _STOP
    """When enough has been measured."""


_SHORT = WarmUp(min_runs=5, max_runs=10_000, min_s=0.3, max_s=1.0)
_MIDDLE = WarmUp(min_runs=10, max_runs=100_000, min_s=1.0, max_s=3.0)
_LONG = WarmUp(min_runs=10, max_runs=100_000, min_s=1.0, max_s=10.0)
_PRESETS = (
    Preset(
        "quick",
        "a first look: 2 launches of 2 s",
        _SHORT,
        Measure(seconds=2.0),
        2,
        gates=Gates(wait_s=20.0),
    ),
    Preset(
        "standard",
        "a comparison: 26 launches of 3 s, 5 min for two variants",
        _MIDDLE,
        Measure(seconds=3.0),
        26,
    ),
    Preset("sustained-5m", "one launch of 5 min", _LONG, Measure(seconds=300.0), 1),
    Preset("sustained-30m", "one launch of 30 min", _LONG, Measure(seconds=1_800.0), 1),
    Preset(
        "article",
        "30 warm-up + 200 runs, as published tables are made",
        WarmUp(min_runs=30, max_runs=30, max_s=600.0),
        Measure(runs=200),
        1,
    ),
)
PRESETS = {preset.name: preset for preset in _PRESETS}


def preset(name: str) -> Preset:
    """Return a preset by name. Raises UsageError that lists the names there are."""
    if name not in PRESETS:
        raise UsageError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
