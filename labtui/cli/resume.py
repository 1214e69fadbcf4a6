"""What a session left undone, checked against the files and devices there are now."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labtui.cli.variants import load
from labtui.core.events import Outcome
from labtui.core.model import DeviceSnapshot, SessionUid
from labtui.core.plan import Plan, remaining
from labtui.errors import BadVariant, NothingMatched, UsageError
from labtui.ports import History, ModelInspector

TAG_PREFIX = "resumes:"
_NEW_PLAN = (
    "variant", "device", "preset", "launches", "runs", "seconds", "rate", "threads", "seed", "name",
    "accelerator", "affinity", "no_xnnpack", "profile", "control", "benchmark_model", "eval",
    "eval_items", "hygiene", "plan", "until_decided", "canary",
)  # fmt: skip


def refuse_a_new_plan(arguments: argparse.Namespace) -> None:
    """Raise UsageError for words that would change the plan to resume."""
    words = ["FILE"] if arguments.paths else []
    given = [name for name in _NEW_PLAN if getattr(arguments, name) not in (None, [], "")]
    words += [f"--{name.replace('_', '-')}" for name in given]
    if words:
        raise UsageError(
            f"--resume runs the plan as it is stored: leave out {', '.join(words)}, "
            "or start a new run without --resume."
        )


def rest_of(session: SessionUid, history: History, tags: Sequence[str]) -> Plan | None:
    """Return the plan of the launches that are not done, with more tags; None = all are.

    Raises UsageError while the session runs, StoreError when its plan cannot be read.
    """
    stored = history.plan(session)
    if stored.outcome is Outcome.RUNNING:
        raise UsageError(f"Session {session} is still running: stop it before you resume it.")
    rest = remaining(stored.plan, history.done(session))
    if rest is None:
        return None
    kept = [tag for tag in rest.tags if not tag.startswith(TAG_PREFIX)]
    return replace(rest, tags=(*kept, *tags, f"{TAG_PREFIX}{session}"))


async def check_variants(plan: Plan, inspector: ModelInspector) -> None:
    """Raise BadVariant when a file is gone or is not the one that the plan was made for."""
    variants = [planned.variant for planned in plan.variants]
    variants += {one.variant.digest: one.variant for one in plan.canaries}.values()
    found = await load([Path(variant.path) for variant in variants], inspector)
    for then, now in zip(variants, found, strict=True):
        if now.digest != then.digest:
            raise BadVariant(
                f"{now.path} has changed since the session began: put the old file back, "
                "or start a new run."
            )


def devices_of(
    plan: Plan, bench: Sequence[DeviceSnapshot], session: SessionUid, history: History
) -> tuple[DeviceSnapshot, ...]:
    """Return the plan's devices as they are now. Raises NothingMatched naming those missing."""
    present = {device.id: device for device in bench}
    if missing := [device for device in plan.devices if device not in present]:
        names = {row.device: row.device_name for row in history.results(session)}
        listed = ", ".join(f"{names.get(device, '')} ({device})".strip() for device in missing)
        raise NothingMatched(
            f"Session {session} needs what is not on the bench: {listed}. Attach it and try again."
        )
    return tuple(present[device] for device in plan.devices)
