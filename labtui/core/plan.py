"""What shall be measured: plans, and the schedule of launches they unfold to."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from labtui.core.evalset import EvalSet
from labtui.core.model import DeviceId, EngineOptions, Platform, Tool, Variant
from labtui.core.order import rounds
from labtui.core.presets import Order, Preset
from labtui.errors import UsageError


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """A variant with the options it runs under."""

    variant: Variant
    engine: EngineOptions
    check: int | None = None
    """Index into Plan.eval_sets: whose golden items run before anything is measured."""
    evaluate: int | None = None
    """Index into Plan.eval_sets: on whose items it is scored once everything is measured."""


@dataclass(frozen=True, slots=True)
class DoneLaunch:
    """A launch of a plan that an earlier session has brought to its end."""

    device: DeviceId
    index: int
    """Position on its device, from 0."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A variant that one device is spared, since it cannot run there."""

    device: DeviceId
    variant_index: int
    """Index into Plan.variants."""
    reason: str
    """One sentence: why, and what would help."""


@dataclass(frozen=True, slots=True)
class DeviceCanary:
    """What one device runs between blocks, to tell whether it is still what it was."""

    device: DeviceId
    variant: Variant


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
    eval_sets: tuple[EvalSet, ...] = ()
    eval_items: int | None = None
    """How many items of its eval set a variant is scored on, from the start; None = all."""
    skipped: tuple[Skip, ...] = ()
    """Pairs that are left out of the schedule."""
    hygiene: bool = False
    """Whether settings of the devices are changed for the run, and given back after it."""
    canaries: tuple[DeviceCanary, ...] = ()
    """At most one for each device."""

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
        if self.tool is not None and self.canaries:
            raise UsageError("benchmark_model tells totals only: leave out the canary.")
        if self.eval_items is not None and self.eval_items < 1:
            raise UsageError("The plan scores variants on no item.")
        for planned in self.variants:
            self._check_evaluation(planned)

    def _check_evaluation(self, planned: PlannedVariant) -> None:
        """Raise UsageError for an eval set that is not there or cannot be used."""
        sets = [index for index in (planned.check, planned.evaluate) if index is not None]
        if sets and self.tool is not None:
            raise UsageError("benchmark_model cannot run an eval set: leave one of them out.")
        if any(not 0 <= index < len(self.eval_sets) for index in sets):
            raise UsageError("The plan names an eval set that it does not have.")
        if planned.check is None:
            return
        golden = self.eval_sets[planned.check].golden
        if golden is None or planned.variant.model not in golden.models:
            raise UsageError(f"The eval set has no reference outputs of {planned.variant.model}.")


class Purpose(StrEnum):
    """What a launch is for. Only what MEASURE times counts as the benchmark's."""

    CHECK = "check"
    """The golden items run, and must come out as the float model's reference outputs."""
    MEASURE = "measure"
    EVALUATE = "evaluate"
    """The eval set runs, and is scored. Last: it heats the device."""


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """One entry of a device's schedule."""

    index: int
    """Position on its device, from 0."""
    variant_index: int
    """Index into Plan.variants."""
    block: int
    """Launches that are compared with each other share a block."""
    purpose: Purpose = Purpose.MEASURE


@dataclass(frozen=True, slots=True)
class EvalTask:
    """The items that a launch runs for their outputs."""

    eval_set: EvalSet
    items: int
    """From the start."""


def eval_task(plan: Plan, spec: LaunchSpec) -> EvalTask | None:
    """Return what a launch evaluates; None for one that measures."""
    planned = plan.variants[spec.variant_index]
    if spec.purpose is Purpose.CHECK and planned.check is not None:
        eval_set = plan.eval_sets[planned.check]
        return EvalTask(eval_set, eval_set.golden.items[-1] + 1 if eval_set.golden else 0)
    if spec.purpose is Purpose.EVALUATE and planned.evaluate is not None:
        eval_set = plan.eval_sets[planned.evaluate]
        return EvalTask(eval_set, min(eval_set.count, plan.eval_items or eval_set.count))
    return None


def fitting_variants(plan: Plan, device: DeviceId) -> tuple[int, ...]:
    """Return the indices of the variants that one device is not spared."""
    skipped = {skip.variant_index for skip in plan.skipped if skip.device == device}
    return tuple(index for index in range(len(plan.variants)) if index not in skipped)


def schedule(plan: Plan, device: DeviceId) -> tuple[LaunchSpec, ...]:
    """Return the launches of one device in order; the same plan and seed give the same order.

    Checks come first, then what is measured, then evaluations. Launches that are done leave gaps:
    the others keep their index and block. A variant that has nothing else left is not checked.
    """
    rng = random.Random(f"{plan.seed}:{device}")
    turns = _TURNS[plan.preset.order]
    fitting, planned = fitting_variants(plan, device), plan.variants
    phases = (
        (Purpose.CHECK, [(v, 0) for v in fitting if planned[v].check is not None]),
        (Purpose.MEASURE, turns(fitting, plan.preset.launches, rng)),
        (Purpose.EVALUATE, [(v, 0) for v in fitting if planned[v].evaluate is not None]),
    )
    done = {launch.index for launch in plan.done if launch.device == device}
    left = [spec for spec in _specs(phases) if spec.index not in done]
    worked = {spec.variant_index for spec in left if spec.purpose is not Purpose.CHECK}
    return tuple(spec for spec in left if spec.variant_index in worked)


def _specs(phases: Iterable[tuple[Purpose, list[tuple[int, int]]]]) -> Iterator[LaunchSpec]:
    """Yield what phases of (variant, block) unfold to; no block has launches of two phases."""
    index = next_block = 0
    for purpose, turns in phases:
        first_block = next_block
        for variant, block in turns:
            yield LaunchSpec(index, variant, first_block + block, purpose)
            index, next_block = index + 1, max(next_block, first_block + block + 1)


def launch_count(plan: Plan, device: DeviceId) -> int:
    """Return how many launches one device has, those that earlier sessions did included."""
    return len(schedule(replace(plan, done=()), device))


def remaining(plan: Plan, done: Iterable[DoneLaunch]) -> Plan | None:
    """Return the plan of what is left when `done` is done as well; None when nothing is.

    A device with nothing left, or nothing but checks, is no longer part of it.
    """
    rest = replace(plan, done=tuple(dict.fromkeys((*plan.done, *done))))
    devices = tuple(
        device
        for device in plan.devices
        if any(spec.purpose is not Purpose.CHECK for spec in schedule(rest, device))
    )
    return replace(rest, devices=devices) if devices else None


def canary_of(plan: Plan, device: DeviceId) -> Variant | None:
    """Return what one device runs between blocks; None = nothing."""
    return next((one.variant for one in plan.canaries if one.device == device), None)


def needed_variants(plan: Plan, device: DeviceId) -> tuple[Variant, ...]:
    """Return the files that the launches of one device need, each once, in the plan's order."""
    used = {spec.variant_index for spec in schedule(plan, device)}
    needed = [p.variant for i, p in enumerate(plan.variants) if i in used]
    if canary := canary_of(plan, device):
        needed.append(canary)
    return tuple({variant.digest: variant for variant in needed}.values())


def needed_eval_sets(plan: Plan, device: DeviceId) -> tuple[EvalSet, ...]:
    """Return the eval sets that the launches of one device need, those of equal inputs once."""
    tasks = [task for spec in schedule(plan, device) if (task := eval_task(plan, spec))]
    return tuple({task.eval_set.inputs.sha256: task.eval_set for task in tasks}.values())


def _balanced(variants: Sequence[int], launches: int, rng: random.Random) -> list[tuple[int, int]]:
    found = rounds(len(variants), launches, rng)
    return [(variants[place], number // 2) for number, row in enumerate(found) for place in row]


def _interleaved(
    variants: Sequence[int], launches: int, rng: random.Random
) -> list[tuple[int, int]]:
    """Return rounds of all variants; each odd round mirrors the one before (ABBA BAAB …)."""
    turns: list[tuple[int, int]] = []
    for number in range(launches):
        if number % 2 == 0:
            forth = rng.sample(variants, len(variants))
        turns += [(v, number // 2) for v in (forth if number % 2 == 0 else reversed(forth))]
    return turns


def _sequential(
    variants: Sequence[int], launches: int, _rng: random.Random
) -> list[tuple[int, int]]:
    return [(v, v) for v in variants for _ in range(launches)]


_TURNS = {
    Order.BALANCED: _balanced,
    Order.INTERLEAVED: _interleaved,
    Order.SEQUENTIAL: _sequential,
}
