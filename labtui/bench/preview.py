"""What a plan will do, before it touches a device."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labtui.core.duration import expected_duration_s
from labtui.core.model import (
    DeviceSnapshot,
    DeviceState,
    EngineOptions,
    Platform,
    Variant,
)
from labtui.core.plan import Plan, Purpose, needed_eval_sets, needed_variants, schedule
from labtui.core.presets import Preset
from labtui.core.stopping import Until, looks
from labtui.core.suitability import suitability

LOW_BATTERY_PERCENT = 30
WARM_C = 37.0


@dataclass(frozen=True, slots=True)
class DevicePreview:
    """One device's share."""

    device: DeviceSnapshot
    order: tuple[int, ...]
    """Variant indices in the order of the launches that measure."""
    push_bytes: int
    """At most: what the device has already is not sent again."""
    warnings: tuple[str, ...]
    left_out: tuple[str, ...]
    """Variants that cannot run here, each with the reason."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, unfolded."""

    plan: Plan
    duration_s: float
    devices: tuple[DevicePreview, ...]

    @property
    def push_bytes(self) -> int:
        """Bytes to push to all devices together, at most."""
        return sum(device.push_bytes for device in self.devices)

    @property
    def passes(self) -> tuple[str, ...]:
        """What is done besides measuring, in words."""
        plan, preset = self.plan, self.plan.preset
        once = "inferences after each variant's first launch"
        words = {
            "measured by benchmark_model: totals only, no samples": plan.tool is not None,
            f"control run of {preset.control_runs} {once}": preset.control_runs > 0,
            f"profiling pass of {preset.profile_runs} {once}": preset.profile_runs > 0,
            "a canary before and after each block": bool(plan.canaries),
        }
        done = (word for word, applies in words.items() if applies)
        return (*done, *_stop_words(preset), *_evaluation_words(plan))

    @property
    def is_upper_bound(self) -> bool:
        """Whether devices may end before all launches of the plan are done."""
        stop = self.plan.preset.stop
        return stop.until is Until.DECIDED or stop.max_s is not None

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, each with the device's name."""
        return tuple(f"{d.device.name}: {w}" for d in self.devices for w in d.warnings)

    @property
    def left_out(self) -> tuple[str, ...]:
        """All pairs that the plan leaves out, each with the device's name and the reason."""
        return tuple(f"{d.device.name}: {pair}" for d in self.devices for pair in d.left_out)


def preview(plan: Plan, devices: Sequence[DeviceSnapshot]) -> Preview:
    """Unfold a plan for devices as they are now."""
    return Preview(
        plan, expected_duration_s(plan), tuple(_preview_device(plan, device) for device in devices)
    )


def engine_words(engine: EngineOptions) -> tuple[str, ...]:
    """Return how variants are executed, as far as it is not the usual way."""
    usual = EngineOptions()
    return (
        *([engine.accelerator] if engine.accelerator != usual.accelerator else []),
        *([f"{engine.threads} threads"] if engine.threads != usual.threads else []),
        *([f"CPUs {engine.affinity:x}"] if engine.affinity is not None else []),
        *([] if engine.xnnpack else ["no XNNPACK"]),
    )


def _stop_words(preset: Preset) -> Iterator[str]:
    """Yield what may end a device's launches early."""
    stop, planned = preset.stop, looks(preset.launches)
    if stop.until is Until.DECIDED and planned:
        after = ", ".join(map(str, planned))
        yield (
            f"stops once every variant is told from the first, or the same within "
            f"{stop.margin:.1%}: looks after {after} of {preset.launches} rounds"
        )
    elif stop.until is Until.DECIDED:
        yield f"stops at {preset.launches} rounds: too few to look whether all is decided"
    if stop.max_s is not None:
        yield f"no block begins after {stop.max_s / 60:g} min"


def _evaluation_words(plan: Plan) -> Iterator[str]:
    """Yield what is checked before measuring, and what is scored after it."""
    total = len(plan.variants)
    if checked := sum(planned.check is not None for planned in plan.variants):
        yield f"golden check before measuring: {checked} of {total} variants"
    for index, eval_set in enumerate(plan.eval_sets):
        if scored := sum(planned.evaluate == index for planned in plan.variants):
            items = min(eval_set.count, plan.eval_items or eval_set.count)
            yield f"scored on {items:,} items of {eval_set.name}: {scored} of {total} variants"


def _preview_device(plan: Plan, device: DeviceSnapshot) -> DevicePreview:
    variants, specs = needed_variants(plan, device.id), schedule(plan, device.id)
    tool_bytes = plan.tool.size_bytes if plan.tool else 0
    eval_bytes = sum(e.inputs.size_bytes for e in needed_eval_sets(plan, device.id))
    file_bytes = sum(v.size_bytes for v in variants) + eval_bytes + tool_bytes
    push_bytes = 0 if device.platform is Platform.HOST else file_bytes
    return DevicePreview(
        device,
        tuple(spec.variant_index for spec in specs if spec.purpose is Purpose.MEASURE),
        push_bytes,
        (*_state_warnings(device, push_bytes), *_doubts(device, variants)),
        tuple(_left_out(plan, device)),
    )


def _state_warnings(device: DeviceSnapshot, push_bytes: int) -> list[str]:
    warnings = []
    if device.state is not DeviceState.READY:
        warnings.append(f"{device.state.value}: {device.cure}")
    if device.free_bytes is not None and device.free_bytes < push_bytes:
        warnings.append("not enough free space for the variants: free some or drop a variant")
    reading = device.reading
    if reading is None:
        return warnings
    level = reading.battery.level_percent if reading.battery else None
    if level is not None and level < LOW_BATTERY_PERCENT:
        warnings.append(f"battery at {level} %: charge it, phones slow down when it is low")
    if reading.is_throttled:
        warnings.append("throttled already: let it cool down first")
    elif (reading.headline_c or 0.0) > WARM_C:
        warnings.append(f"warm ({reading.headline_c:.0f} °C): it may throttle early")
    return warnings


def _doubts(device: DeviceSnapshot, variants: Sequence[Variant]) -> Iterator[str]:
    for variant in variants:
        for doubt in suitability(variant, device).doubts:
            yield f"{variant.name} {doubt}"


def _left_out(plan: Plan, device: DeviceSnapshot) -> Iterator[str]:
    for skip in plan.skipped:
        if skip.device == device.id:
            yield f"{plan.variants[skip.variant_index].variant.name}: {skip.reason}"
