"""One launch: check the file, load it, show what it computes, warm up, measure, look closer."""

import errno
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labtui import __version__
from labtui.core.model import Digest
from labtui.core.protocol import (
    PROTOCOL_VERSION,
    End,
    Hello,
    Job,
    Loaded,
    Log,
    Outputs,
    RunnerEvent,
    Samples,
)
from labtui.failure import FailureCode
from labtui.hostrunner.affinity import keep_to_cpus
from labtui.hostrunner.after import AfterMeasuring
from labtui.hostrunner.clocks import boot_ns, mono_ns
from labtui.hostrunner.content import content_digest, is_package
from labtui.hostrunner.engine import Engine, EngineFactory, RunnerFailure
from labtui.hostrunner.inputs import seeded_inputs
from labtui.hostrunner.outputs import fingerprint, is_cut
from labtui.hostrunner.phases import MeasureRule, Sampler, SteadyRule, Stopper
from labtui.hostrunner.readings import ReadClocks, Readings
from labtui.hostrunner.sysfs import resident_bytes

RUNNER_NAME = "labtui-hostrunner"

Send = Callable[[RunnerEvent], None]


class Launch:
    """Carries out one job on one engine. Every method raises RunnerFailure."""

    def __init__(
        self, job: Job, engine: Engine, send: Send, stopper: Stopper, read_clocks: ReadClocks
    ) -> None:
        self._job = job
        self._engine = engine
        self._send = send
        self._stopper = stopper
        self._readings = Readings(send, read_clocks)

    def run(self, open_engine: EngineFactory) -> End:
        """Return the last event of a launch that went well, or that was told to stop.

        `open_engine` makes the second engine of a control run.
        """
        self._send(_hello(self._engine))
        warmup = measured = 0
        self._verify()
        if not self._stopper.is_stopped:
            self._load()
            self._send(self._engine.placement())
            self._describe_outputs()
            with _no_collection():
                warmup, measured = self._time()
                self._after().run(open_engine)
        return End(mono_ns(), warmup, measured, self._stopper.is_stopped)

    def _after(self) -> AfterMeasuring:
        return AfterMeasuring(
            self._job, self._engine, self._send, self._stopper, self._readings.tick
        )

    def _verify(self) -> None:
        path = Path(self._job.variant)
        digest = _digest(path)
        if digest != self._job.sha256:
            raise RunnerFailure(
                FailureCode.DIGEST_MISMATCH,
                f"{path.name} has the digest {digest}, not {self._job.sha256}: push it again",
            )

    def _load(self) -> None:
        start_ns = mono_ns()
        self._engine.load(Path(self._job.variant), self._job.engine)
        ready_ns = mono_ns()
        self._engine.set_inputs(seeded_inputs(self._engine.inputs, self._job.seed))
        first_ns = mono_ns()
        self._engine.infer()
        end_ns = mono_ns()
        self._send(Loaded(end_ns, ready_ns - start_ns, end_ns - first_ns, resident_bytes()))

    def _describe_outputs(self) -> None:
        outputs = tuple(fingerprint(output) for output in self._engine.outputs())
        self._send(Outputs(outputs))
        for output in outputs:
            if is_cut(output):
                self._send(Log("warning", f"output {output.name} holds NaN or infinity"))

    def _time(self) -> tuple[int, int]:
        job = self._job
        warmup = 0
        sampler = Sampler(self._engine.infer, self._report, self._stopper)
        if job.warmup.min_runs:
            warmup = sampler.run(SteadyRule(job.warmup, mono_ns()), is_warmup=True)
        rule = MeasureRule(job.measure, mono_ns())
        return warmup, sampler.run(rule, is_warmup=False, rate_hz=job.rate_hz)

    def _report(self, samples: Samples) -> None:
        self._send(samples)
        self._readings.tick()


def opened_engine(job: Job, open_engine: EngineFactory) -> Engine:
    """Return the engine that the job asks for. Raises RunnerFailure."""
    if job.engine.affinity is not None:
        keep_to_cpus(job.engine.affinity)
    engine = open_engine(Path(job.variant))
    if job.library is not None:
        raise RunnerFailure(
            FailureCode.ENGINE_MISSING,
            f"{engine.name} for Python brings its own library: leave engine.library out",
        )
    return engine


def _hello(engine: Engine) -> Hello:
    return Hello(
        protocol=PROTOCOL_VERSION,
        runner=RUNNER_NAME,
        runner_version=__version__,
        engine=engine.name,
        engine_version=engine.version,
        pid=os.getpid(),
        mono_ns=mono_ns(),
        boot_ns=boot_ns(),
    )


def _digest(path: Path) -> Digest:
    try:
        if path.is_dir() and not is_package(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path.name)
        return content_digest(path)
    except (OSError, ValueError) as error:
        raise RunnerFailure(
            FailureCode.MODEL_MISSING, f"the variant cannot be read: {error}"
        ) from error


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python's garbage collector out of the timed sections."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
