"""The control run: the same variant without the accelerator or delegate that was asked for."""

from collections.abc import Callable
from dataclasses import replace

from labtui.core.model import EngineOptions
from labtui.core.placement import Placement
from labtui.core.protocol import Control
from labtui.hostrunner.clocks import mono_ns
from labtui.hostrunner.engine import Engine
from labtui.hostrunner.phases import Stopper
from labtui.hostrunner.placement import XNNPACK


def control_options(asked: EngineOptions, placement: Placement) -> EngineOptions | None:
    """Return how the control run executes; None when there is nothing to leave out.

    An engine that tells where its ops run, none of them in XNNPACK, runs no differently without it.
    """
    if asked.accelerator != "cpu":
        return replace(asked, accelerator="cpu")
    delegates = [part.delegate for part in placement.parts]
    may_leave_out = asked.xnnpack and (not delegates or XNNPACK in delegates)
    return replace(asked, xnnpack=False) if may_leave_out else None


def control_run(
    engine: Engine,
    options: EngineOptions,
    runs: int,
    stopper: Stopper,
    between: Callable[[], None],
) -> Control | None:
    """Time `runs` inferences of a loaded variant after an untimed one, or as many until a stop.

    None when there was none. Raises RunnerFailure.
    """
    engine.infer()
    starts_ns: list[int] = []
    durations_ns: list[int] = []
    while len(durations_ns) < runs and not stopper.is_stopped:
        start_ns = mono_ns()
        engine.infer()
        durations_ns.append(mono_ns() - start_ns)
        starts_ns.append(start_ns)
        between()
    if not durations_ns:
        return None
    delegate = XNNPACK if options.xnnpack else ""
    return Control(starts_ns[0], options.accelerator, delegate, tuple(durations_ns))
