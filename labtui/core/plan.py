"""What shall be measured: presets, plans, and the schedule of launches they unfold to."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from labtui.core.model import DeviceId, EngineOptions, Platform, Tool, Variant
from labtui.core.protocol import Measure, WarmUp
from labtui.errors import UsageError


class Order(StrEnum):
    """How the launches of several variants follow each other on one device."""

    INTERLEAVED = "interleaved"
    """Blocks forth and back (ABBA, BAAB, …): linear drift falls on all variants alike."""
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
    order: Order = Order.INTERLEAVED
    rate_hz: float | None = None
    reading_interval_s: float = 1.0
    profile_runs: int = 5
    """Inferences of the profiling pass that follows the first launch of a variant on a device."""
    control_runs: int = 0
    """Inferences of the control run, likewise: without the accelerator or delegate asked for."""


_SHORT = WarmUp(min_runs=5, max_runs=10_000, min_s=0.3, max_s=1.0)
_LONG = WarmUp(min_runs=10, max_runs=100_000, min_s=1.0, max_s=10.0)
_PRESETS = (
    Preset("quick", "a first look: 2 launches of 2 s", _SHORT, Measure(seconds=2.0), 2),
    Preset("standard", "16 launches of 10 s", _LONG, Measure(seconds=10.0), 16),
    Preset("sustained", "one launch of 5 min", _LONG, Measure(seconds=300.0), 1),
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


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """A variant with the options it runs under."""

    variant: Variant
    engine: EngineOptions


@dataclass(frozen=True, slots=True)
class DoneLaunch:
    """A launch of a plan that an earlier session has brought to its end."""

    device: DeviceId
    index: int
    """Position on its device, from 0."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Variants x devices x preset."""

    name: str
    variants: tuple[PlannedVariant, ...]
    devices: tuple[DeviceId, ...]
    preset: Preset
    seed: int = 0
    """Seed of the order of launches and of the generated inputs."""
    tags: tuple[str, ...] = ()
    done: tuple[DoneLaunch, ...] = ()
    """What earlier sessions have done of this plan: it is left out of the schedule."""
    tool: Tool | None = None
    """What measures in place of labtui's runner; it tells totals only, and needs Android."""

    def __post_init__(self) -> None:
        if not self.variants:
            raise UsageError("The plan has no variant: name at least one model file.")
        if not self.devices:
            raise UsageError("The plan has no device: name at least one.")
        if len(set(self.devices)) != len(self.devices):
            raise UsageError("The plan names a device twice.")
        others = [d for d in self.devices if not d.startswith(f"{Platform.ANDROID}:")]
        if self.tool is not None and others:
            raise UsageError(
                f"benchmark_model runs on Android only: leave out {', '.join(others)}."
            )


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """One entry of a device's schedule."""

    index: int
    """Position on its device, from 0."""
    variant_index: int
    """Index into Plan.variants."""
    block: int
    """Launches that are compared with each other share a block."""


def schedule(plan: Plan, device: DeviceId) -> tuple[LaunchSpec, ...]:
    """Return the launches of one device in order; the same plan and seed give the same order.

    Launches that are done leave gaps: the others keep their index and block.
    """
    rng = random.Random(f"{plan.seed}:{device}")
    order = _interleaved if plan.preset.order is Order.INTERLEAVED else _sequential
    turns = order(len(plan.variants), plan.preset.launches, rng)
    done = {launch.index for launch in plan.done if launch.device == device}
    return tuple(LaunchSpec(i, v, block) for i, (v, block) in enumerate(turns) if i not in done)


def remaining(plan: Plan, done: Iterable[DoneLaunch]) -> Plan | None:
    """Return the plan of what is left when `done` is done as well; None when nothing is.

    A device with nothing left is no longer part of it.
    """
    rest = replace(plan, done=tuple(dict.fromkeys((*plan.done, *done))))
    devices = tuple(device for device in plan.devices if schedule(rest, device))
    return replace(rest, devices=devices) if devices else None


def needed_variants(plan: Plan, device: DeviceId) -> tuple[Variant, ...]:
    """Return the files that the launches of one device need, each once, in the plan's order."""
    used = {spec.variant_index for spec in schedule(plan, device)}
    needed = [p.variant for i, p in enumerate(plan.variants) if i in used]
    return tuple({variant.digest: variant for variant in needed}.values())


def _interleaved(variants: int, launches: int, rng: random.Random) -> list[tuple[int, int]]:
    """Return rounds of all variants; each odd round mirrors the one before (ABBA BAAB …)."""
    turns: list[tuple[int, int]] = []
    for number in range(launches):
        if number % 2 == 0:
            forth = rng.sample(range(variants), variants)
        turns += [(v, number // 2) for v in (forth if number % 2 == 0 else reversed(forth))]
    return turns


def _sequential(variants: int, launches: int, _rng: random.Random) -> list[tuple[int, int]]:
    return [(v, v) for v in range(variants) for _ in range(launches)]


LAUNCH_OVERHEAD_S = 1.5
"""Start of the runner, load and first inference: a guess until the device has shown its own."""
_RELOAD_S = 0.5
_CONTROL_SLOWDOWN = 5.0
"""An inference without accelerator or delegate, against one with it."""
_PROFILE_SLOWDOWN = 1.5


def expected_launch_s(preset: Preset, typical_latency_ms: float = 20.0) -> float:
    """Return about how long one launch takes, in s: limits where there are any, else a guess."""
    runs_s = typical_latency_ms / 1e3
    warmup = preset.warmup
    warmup_s = max(warmup.min_s, min(warmup.max_s, 2 * warmup.min_runs * runs_s))
    measure = preset.measure
    measure_s = measure.seconds if measure.seconds is not None else (measure.runs or 0) * runs_s
    return LAUNCH_OVERHEAD_S + warmup_s + measure_s


def expected_passes_s(preset: Preset, typical_latency_ms: float = 20.0) -> float:
    """Return about how long the passes after a variant's first launch take, in s."""
    control_s = preset.control_runs * typical_latency_ms * _CONTROL_SLOWDOWN / 1e3
    profile_s = preset.profile_runs * typical_latency_ms * _PROFILE_SLOWDOWN / 1e3
    loads = (preset.control_runs > 0) + (preset.profile_runs > 0)
    return loads * _RELOAD_S + control_s + profile_s


def expected_duration_s(plan: Plan) -> float:
    """Return about how long the plan takes, in s; devices work at the same time."""
    return max(_expected_device_s(plan, device) for device in plan.devices)


def _expected_device_s(plan: Plan, device: DeviceId) -> float:
    specs = schedule(plan, device)
    variants = {spec.variant_index for spec in specs}
    launches_s = len(specs) * expected_launch_s(plan.preset)
    return launches_s + len(variants) * expected_passes_s(plan.preset)
