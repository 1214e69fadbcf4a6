"""How long a plan takes, about: limits where there are any, else a guess."""

from labtui.core.model import DeviceId
from labtui.core.plan import EvalTask, Plan, Purpose, canary_of, eval_task, schedule
from labtui.core.presets import Preset

LAUNCH_OVERHEAD_S = 1.5
"""Start of the runner, load and first inference: a guess until the device has shown its own."""
_RELOAD_S = 0.5
_CANARY_S = 1.0
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
    """Return about how long the plan takes, in s; devices work at the same time.

    Waits at gates are not foreseen, nor is that a device may stop early.
    """
    return max(_expected_device_s(plan, device) for device in plan.devices)


def expected_eval_s(task: EvalTask, typical_latency_ms: float = 20.0) -> float:
    """Return about how long a launch takes that evaluates, in s."""
    return LAUNCH_OVERHEAD_S + task.items * typical_latency_ms / 1e3


def _expected_device_s(plan: Plan, device: DeviceId) -> float:
    specs = schedule(plan, device)
    measured = [spec.variant_index for spec in specs if spec.purpose is Purpose.MEASURE]
    blocks = {spec.block for spec in specs if spec.purpose is Purpose.MEASURE}
    canaries = len(blocks) + 1 if blocks and canary_of(plan, device) else 0
    launches_s = len(measured) * expected_launch_s(plan.preset)
    passes_s = len(set(measured)) * expected_passes_s(plan.preset)
    tasks = [task for spec in specs if (task := eval_task(plan, spec))]
    canaries_s = canaries * (LAUNCH_OVERHEAD_S + _CANARY_S)
    return launches_s + passes_s + canaries_s + sum(map(expected_eval_s, tasks))
