"""What comes after the last sample: control run, profiling pass, eval set."""

from collections.abc import Callable
from pathlib import Path

from labtui.core.model import EngineOptions
from labtui.core.protocol import Job, Log, RunnerEvent
from labtui.hostrunner.control_run import control_options, control_run
from labtui.hostrunner.engine import Engine, EngineFactory, RunnerFailure
from labtui.hostrunner.eval_set import evaluate
from labtui.hostrunner.inputs import seeded_inputs
from labtui.hostrunner.phases import Stopper


class AfterMeasuring:
    """Does what the job asks for beyond samples, on the engine that took them."""

    def __init__(
        self,
        job: Job,
        engine: Engine,
        send: Callable[[RunnerEvent], None],
        stopper: Stopper,
        between: Callable[[], None],
    ) -> None:
        """Send events to `send`; call `between` after each inference."""
        self._job = job
        self._engine = engine
        self._send = send
        self._stopper = stopper
        self._between = between

    def run(self, open_engine: EngineFactory) -> None:
        """Carry it out, or as much as a stop leaves time for. Raises RunnerFailure."""
        job = self._job
        if job.control_runs and not self._stopper.is_stopped:
            self._control(open_engine)
        if job.profile_runs and not self._stopper.is_stopped:
            self._warn(f"no profile: {self._engine.name} for Python cannot profile")
        if job.eval is not None and not self._stopper.is_stopped:
            self._send_if(evaluate(job.eval, self._engine, self._stopper, self._between))

    def _control(self, open_engine: EngineFactory) -> None:
        options = control_options(self._job.engine, self._engine.placement())
        if options is None:
            self._warn("no control run: the job asks for nothing that could be left out")
            return
        try:
            engine = self._loaded(open_engine(Path(self._job.variant)), options)
            runs = self._job.control_runs
            control = control_run(engine, options, runs, self._stopper, self._between)
        except RunnerFailure as failure:
            self._warn(f"no control run: {failure}")
            return
        self._send_if(control)

    def _loaded(self, engine: Engine, options: EngineOptions) -> Engine:
        engine.load(Path(self._job.variant), options)
        engine.set_inputs(seeded_inputs(engine.inputs, self._job.seed))
        return engine

    def _send_if(self, event: RunnerEvent | None) -> None:
        if event is not None:
            self._send(event)

    def _warn(self, text: str) -> None:
        self._send(Log("warning", text[:400]))
