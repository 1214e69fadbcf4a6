"""What happened between the launches of a session, in words that stand beside its results."""

from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.canary import has_moved
from labtui.core.events import CanaryMeasured, GateShut, GateWaited, MeasuredEnough
from labtui.core.model import DeviceId


@dataclass(frozen=True, slots=True)
class Mark:
    """One sentence on a device's session, or on one of its blocks."""

    device: DeviceId
    device_name: str
    block: int | None
    """As launches count them; None = it is about the session as a whole."""
    text: str


def pause_text(event: GateShut | GateWaited | MeasuredEnough | CanaryMeasured) -> str:
    """Return what happens between two blocks; empty when there is nothing to say."""
    match event:
        case CanaryMeasured():
            return canary_text(event.after_block, event.ratio, event.cause)
        case GateShut():
            return f"waiting: {', '.join(event.reasons)}"
        case GateWaited():
            return wait_text(event.block, event.seconds, event.reasons_left)
        case MeasuredEnough():
            return early_stop_text(event.rounds, is_decided=event.is_decided)


def canary_text(after_block: int | None, ratio: float | None, cause: str) -> str:
    """Return what a canary says of the block before it; empty when there is nothing to say."""
    if cause:
        return f"the canary failed, and was given up: {cause}"
    if ratio is None or after_block is None or not has_moved(ratio):
        return ""
    moved = f"the canary moved by {ratio - 1:+.1%}"
    return f"{moved} in block {after_block}: the device is not what it was"


def wait_text(block: int, seconds: float, reasons_left: Sequence[str]) -> str:
    """Return what to say of a block that had to wait."""
    waited = f"block {block} waited {seconds:.0f} s"
    if not reasons_left:
        return f"{waited} until the device was fit"
    return f"{waited} and began all the same: {', '.join(reasons_left)}"


def early_stop_text(rounds: int, *, is_decided: bool) -> str:
    """Return why a device has not done all launches of its plan."""
    launches = f"{rounds} launches of each variant"
    if is_decided:
        return f"stopped after {launches}: decided"
    return f"stopped after {launches}: the time limit was reached"
