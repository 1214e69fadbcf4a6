"""One launch: check the file, load it, show what it computes, warm up, measure."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from math import isfinite
from pathlib import Path

from labtui.core.model import Digest
from labtui.core.protocol import (
    End,
    Job,
    Loaded,
    Log,
    Output,
    Outputs,
    RunnerEvent,
    RunnerReading,
    Samples,
)
from labtui.core.readings import ClusterClock
from labtui.core.text import clean
from labtui.failure import FailureCode
from labtui.hostrunner.clocks import mono_ns
from labtui.hostrunner.engine import Engine, OutputTensor, RunnerFailure
from labtui.hostrunner.inputs import seeded_inputs
from labtui.hostrunner.phases import MeasureRule, Sampler, SteadyRule, Stopper
from labtui.hostrunner.sysfs import resident_bytes

HEAD_VALUES = 8
READING_NS = 1_000_000_000

Send = Callable[[RunnerEvent], None]
ReadClocks = Callable[[], tuple[ClusterClock, ...]]


class Launch:
    """Carries out one job on one engine. Every method raises RunnerFailure."""

    def __init__(
        self, job: Job, engine: Engine, send: Send, stopper: Stopper, read_clocks: ReadClocks
    ) -> None:
        self._job = job
        self._engine = engine
        self._send = send
        self._stopper = stopper
        self._read_clocks = read_clocks
        self._next_reading_ns = 0

    def run(self) -> End:
        """Return the last event of a launch that went well, or that was told to stop."""
        warmup = measured = 0
        self._verify()
        if not self._stopper.is_stopped:
            self._load()
            self._send(self._engine.placement())
            self._describe_outputs()
            with _no_collection():
                warmup, measured = self._time()
        return End(mono_ns(), warmup, measured, self._stopper.is_stopped)

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
        outputs = tuple(_fingerprint(output) for output in self._engine.outputs())
        self._send(Outputs(outputs))
        for output in outputs:
            if len(output.head) < min(HEAD_VALUES, _count(output.shape)):
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
        now_ns = mono_ns()
        if now_ns >= self._next_reading_ns:
            self._send(RunnerReading(now_ns, resident_bytes(), self._read_clocks()))
            self._next_reading_ns = now_ns + READING_NS


def _digest(path: Path) -> Digest:
    try:
        with path.open("rb") as file:
            return Digest(file_digest(file, "sha256").hexdigest())
    except (OSError, ValueError) as error:
        raise RunnerFailure(
            FailureCode.MODEL_MISSING, f"the variant cannot be read: {error}"
        ) from error


def _fingerprint(output: OutputTensor) -> Output:
    is_number = output.values.dtype.kind in "biuf"
    head = [float(value) for value in output.values.flat[: HEAD_VALUES if is_number else 0]]
    finite = next((i for i, value in enumerate(head) if not isfinite(value)), len(head))
    return Output(
        name=clean(output.spec.name),
        dtype=output.spec.dtype,
        shape=output.raw.shape,
        sha256=sha256(output.raw.tobytes()).hexdigest(),
        head=tuple(head[:finite]),
    )


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python's garbage collector out of the timed sections."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
