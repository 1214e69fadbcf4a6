"""What a device is asked to launch, of a plan's schedule."""

from labtui.core.model import LaunchUid
from labtui.core.plan import EvalTask, LaunchSpec, Plan, eval_task
from labtui.core.protocol import Measure, WarmUp
from labtui.core.request import EvalRequest, LaunchRequest

_NO_WARMUP = WarmUp(min_runs=0, max_runs=0, max_s=0.0)
_AS_LITTLE_AS_POSSIBLE = Measure(runs=1)
"""A job always measures, even one that is there to evaluate."""


def launch_request(
    plan: Plan, spec: LaunchSpec, launch: LaunchUid, *, is_first: bool
) -> LaunchRequest:
    """Return the request for a launch; passes follow the first one that measures a variant."""
    task = eval_task(plan, spec)
    if task is not None:
        return _evaluating(plan, spec, launch, task)
    planned, preset = plan.variants[spec.variant_index], plan.preset
    return LaunchRequest(
        launch=launch,
        digest=planned.variant.digest,
        engine=planned.engine,
        seed=plan.seed,
        warmup=preset.warmup,
        measure=preset.measure,
        rate_hz=preset.rate_hz,
        control_runs=preset.control_runs if is_first else 0,
        profile_runs=preset.profile_runs if is_first else 0,
        tool=plan.tool.digest if plan.tool else None,
    )


def _evaluating(plan: Plan, spec: LaunchSpec, launch: LaunchUid, task: EvalTask) -> LaunchRequest:
    planned, eval_set = plan.variants[spec.variant_index], task.eval_set
    return LaunchRequest(
        launch=launch,
        digest=planned.variant.digest,
        engine=planned.engine,
        seed=plan.seed,
        warmup=_NO_WARMUP,
        measure=_AS_LITTLE_AS_POSSIBLE,
        rate_hz=None,
        eval=EvalRequest(eval_set.inputs.sha256, eval_set.layout, eval_set.normalise, task.items),
    )
