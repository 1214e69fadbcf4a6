"""What a plan file says of a preset, put into one."""

from dataclasses import replace

from labtui.core.gates import Gates
from labtui.core.plan_file.parse import PlanFile, Record, Until
from labtui.core.presets import Order, Preset
from labtui.core.protocol import Measure, WarmUp
from labtui.core.readings import ThermalStatus
from labtui.core.stopping import Stop
from labtui.core.stopping import Until as StopUntil

_S_PER_MINUTE = 60


def merged(preset: Preset, file: PlanFile) -> Preset:
    """Return a preset with what the file says instead."""
    protocol = dict(file.protocol or {})
    measure = {key: protocol.pop(key) for key in ("runs", "seconds") if key in protocol}
    if "order" in protocol:
        protocol["order"] = Order(protocol["order"])
    return replace(
        preset,
        warmup=_warmup(preset.warmup, file.warmup or {}),
        measure=Measure(**measure) if measure else preset.measure,
        gates=_gates(preset.gates, file.gates or {}),
        stop=_stop(preset.stop, file.stop),
        **protocol,
    )


def _warmup(usual: WarmUp, said: Record) -> WarmUp:
    """Return a warm-up; a limit that is not given makes way for one that is."""
    changed = replace(usual, **said)
    if "max_runs" not in said:
        changed = replace(changed, max_runs=max(changed.max_runs, changed.min_runs))
    if "max_s" not in said:
        changed = replace(changed, max_s=max(changed.max_s, changed.min_s))
    return replace(
        changed,
        min_runs=min(changed.min_runs, changed.max_runs),
        min_s=min(changed.min_s, changed.max_s),
    )


def _gates(usual: Gates, said: Record) -> Gates:
    named = dict(said)
    if "max_status" in named:
        named["max_status"] = ThermalStatus[named["max_status"].upper()]
    return replace(usual, **named)


def _stop(usual: Stop, said: Until) -> Stop:
    return Stop(
        until=usual.until if said.until is None else StopUntil(said.until),
        margin=usual.margin if said.margin is None else said.margin,
        max_s=usual.max_s if said.max_minutes is None else said.max_minutes * _S_PER_MINUTE,
    )
