"""What a device needs to start its runner; it adds its own paths."""

from dataclasses import dataclass

from labtui.core.model import Digest, EngineOptions, LaunchUid
from labtui.core.protocol import EvalJob, Job, Layout, Measure, Normalise, WarmUp


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """The items of an eval set that a launch runs after measuring; their file was pushed."""

    inputs: Digest
    layout: Layout = Layout.NCHW
    normalise: Normalise | None = None
    """None = the elements are handed over as they are."""
    items: int | None = None
    """How many from the start; None = all."""

    def job(self, inputs: str, outputs: str) -> EvalJob:
        """Return what the runner is told, with the paths that the device has chosen."""
        return EvalJob(inputs, self.inputs, outputs, self.layout, self.normalise, self.items)


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What a device needs to start its runner; it adds its own paths."""

    launch: LaunchUid
    digest: Digest
    engine: EngineOptions
    seed: int
    warmup: WarmUp
    measure: Measure
    rate_hz: float | None
    control_runs: int = 0
    profile_runs: int = 0
    tool: Digest | None = None
    """The tool that measures in place of the runner; the device was prepared with it."""
    eval: EvalRequest | None = None

    def job(
        self,
        variant: str,
        raw_file: str | None = None,
        library: str | None = None,
        evaluation: EvalJob | None = None,
    ) -> Job:
        """Return what the runner is told, with the paths that the device has chosen."""
        return Job(
            variant=variant,
            sha256=self.digest,
            engine=self.engine,
            seed=self.seed,
            warmup=self.warmup,
            measure=self.measure,
            rate_hz=self.rate_hz,
            raw_file=raw_file,
            library=library,
            control_runs=self.control_runs,
            profile_runs=self.profile_runs,
            eval=evaluation,
        )
