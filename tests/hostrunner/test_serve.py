"""The program around an engine of one's own: what a wrapper such as the virtual bench's does."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.core.protocol import (
    End,
    Log,
    Measure,
    Outputs,
    RunnerEvent,
    RunnerReading,
    RunnerStream,
    Samples,
    encode_job,
)
from labtui.core.readings import ClusterClock
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, OutputTensor, RunnerFailure
from labtui.hostrunner.serve import serve
from tests.hostrunner.launching import job_for

SPEC = TensorSpec("x", (3,), "float32")


class Doubler:
    """An engine that doubles its input, and calls `before` at each inference."""

    name, version = "doubler", "1"
    inputs = (SPEC,)

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self.runs = 0
        self.before = before
        self.result: Array = np.zeros(3, np.float32)

    def load(self, path: Path, options: EngineOptions) -> None:
        self.path, self.options = path, options

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        (self.array,) = arrays

    def infer(self) -> None:
        self.before(self.runs)
        self.runs += 1
        self.result = self.array * 2

    def outputs(self) -> tuple[OutputTensor, ...]:
        return (OutputTensor(SPEC, self.result, self.result),)

    def placement(self) -> Placement:
        return Placement("cpu")


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "any.tflite"
    path.write_bytes(b"anything: the engine decides")
    return path


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Yield stdin's two ends and stdout's two ends."""
    fds = (*os.pipe(), *os.pipe())
    yield fds
    os.close(fds[1])  # ends the thread that reads the other end
    for thread in threading.enumerate():
        if thread.name == "stdin":
            thread.join(10)
    for fd in (fds[0], *fds[2:]):
        os.close(fd)


def served(
    pipes: tuple[int, int, int, int], line: bytes, engine: Doubler
) -> tuple[int, RunnerStream, list[RunnerEvent]]:
    stdin_read, stdin_write, stdout_read, stdout_write = pipes
    os.write(stdin_write, line)
    exit_code = serve(stdin_read, stdout_write, lambda _: engine, read_clocks=tuple)
    stream = RunnerStream()
    return exit_code, stream, stream.feed(os.read(stdout_read, 1 << 16))


def test_a_wrapped_engine(pipes: tuple[int, int, int, int], variant: Path) -> None:
    engine = Doubler()
    exit_code, stream, events = served(pipes, encode_job(job_for(variant)), engine)
    assert (0, 13) == (exit_code, engine.runs)  # the first, two to warm up, ten
    assert isinstance(stream.outcome, End)
    (outputs,) = [event for event in events if isinstance(event, Outputs)]
    assert sha256((engine.array * 2).tobytes()).hexdigest() == outputs.outputs[0].sha256


def test_clocks_of_ones_own(pipes: tuple[int, int, int, int], variant: Path) -> None:
    clocks = (ClusterClock("policy0", 1, 2, 3),)
    os.write(pipes[1], encode_job(job_for(variant)))
    serve(pipes[0], pipes[3], lambda _: Doubler(), read_clocks=lambda: clocks)
    readings = [
        event
        for event in RunnerStream().feed(os.read(pipes[2], 1 << 16))
        if isinstance(event, RunnerReading)
    ]
    assert [clocks] == [reading.clocks for reading in readings]


def raiser(error: BaseException, at: int) -> Callable[[int], None]:
    def raise_at(run: int) -> None:
        if run == at:
            raise error

    return raise_at


FAILURES: dict[str, tuple[BaseException, FailureCode]] = {
    "engine": (RunnerFailure(FailureCode.RUN_FAILED, "overflow"), FailureCode.RUN_FAILED),
    "memory": (MemoryError(), FailureCode.OUT_OF_MEMORY),
    "anything else": (ZeroDivisionError("division by zero"), FailureCode.INTERNAL),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_while_measuring_keeps_the_samples_before_it(
    pipes: tuple[int, int, int, int], variant: Path, name: str
) -> None:
    error, code = FAILURES[name]
    engine = Doubler(raiser(error, at=6))
    exit_code, stream, events = served(pipes, encode_job(job_for(variant)), engine)
    assert 1 == exit_code
    assert code is getattr(stream.outcome, "code", None)
    assert 5 == sum(len(event.durations_ns) for event in events if isinstance(event, Samples))


def test_a_signal_while_measuring(pipes: tuple[int, int, int, int], variant: Path) -> None:
    def interrupt(run: int) -> None:
        if run == 5:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    job = encode_job(job_for(variant, Measure(seconds=3600)))
    exit_code, stream, _ = served(pipes, job, Doubler(interrupt))
    assert 0 == exit_code
    assert isinstance(stream.outcome, End)
    assert stream.outcome.is_stopped
    assert before == signal.getsignal(signal.SIGTERM)


def test_outputs_that_are_no_numbers_are_named(
    pipes: tuple[int, int, int, int], variant: Path
) -> None:
    engine = Doubler()

    def spoil(_: int) -> None:
        engine.array = np.array([1.0, np.inf, 2.0], np.float32)

    engine.before = spoil
    _, stream, events = served(pipes, encode_job(job_for(variant)), engine)
    assert isinstance(stream.outcome, End)
    assert Log("warning", "output x holds NaN or infinity") in events
    (outputs,) = [event for event in events if isinstance(event, Outputs)]
    assert (2.0,) == outputs.outputs[0].head


def test_an_engine_that_is_not_there_is_said_before_hello(
    pipes: tuple[int, int, int, int], variant: Path
) -> None:
    def missing(_: Path) -> Doubler:
        raise RunnerFailure(FailureCode.ENGINE_MISSING, "no engine")

    os.write(pipes[1], encode_job(job_for(variant)))
    assert 1 == serve(pipes[0], pipes[3], missing)
    (event,) = RunnerStream().feed(os.read(pipes[2], 1 << 16))
    assert FailureCode.ENGINE_MISSING is getattr(event, "code", None)
