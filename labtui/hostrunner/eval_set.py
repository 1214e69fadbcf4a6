"""Runs an eval set: one item after the other in, raw outputs into files."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from labtui.core.protocol import EvalJob, Evaluated, OutputFile
from labtui.core.text import clean
from labtui.failure import FailureCode
from labtui.hostrunner.clocks import mono_ns
from labtui.hostrunner.engine import Array, Engine, OutputTensor, RunnerFailure
from labtui.hostrunner.fitting import Fit, fitting
from labtui.hostrunner.npy import BadNpy, NpyItems, NpyWriter
from labtui.hostrunner.phases import Stopper


def evaluate(
    job: EvalJob, engine: Engine, stopper: Stopper, between: Callable[[], None]
) -> Evaluated | None:
    """Run the items on the loaded variant; None when told to stop before the last of them.

    Calls `between` after each inference. Raises RunnerFailure.
    """
    items = _opened(job)
    try:
        return _EvalRun(job, engine, items).run(stopper, between)
    except OSError as error:
        raise _bad(f"cannot be read: {error}") from error
    finally:
        items.close()


def _opened(job: EvalJob) -> NpyItems:
    try:
        return NpyItems(Path(job.inputs), job.sha256)
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, BadNpy) else f"it cannot be read: {error}"
        raise _bad(f"cannot be used: {reason}") from error


def _bad(text: str) -> RunnerFailure:
    return RunnerFailure(FailureCode.BAD_EVAL, f"the eval set {text}")


class _EvalRun:
    """Holds the output files, which are known only after the first inference."""

    def __init__(self, job: EvalJob, engine: Engine, items: NpyItems) -> None:
        self._job = job
        self._engine = engine
        self._items = items
        self._count = _count(job, items)
        self._fit = _fit(job, engine, items)
        self._busy_ns = 0
        self._writers: list[NpyWriter] = []

    def run(self, stopper: Stopper, between: Callable[[], None]) -> Evaluated | None:
        with ExitStack() as files:
            for _ in range(self._count):
                if stopper.is_stopped:
                    return None
                self._infer()
                self._keep(files)
                between()
            return Evaluated(self._count, self._busy_ns, self._finished())

    def _infer(self) -> None:
        self._engine.set_inputs([self._fit(self._items.next())])
        start_ns = mono_ns()
        self._engine.infer()
        self._busy_ns += mono_ns() - start_ns

    def _keep(self, files: ExitStack) -> None:
        rows = [_row(output) for output in self._engine.outputs()]
        if not self._writers:
            for number, row in enumerate(rows):
                path = Path(f"{self._job.outputs}.{number}.npy")
                self._writers.append(files.enter_context(NpyWriter(path, self._count, row)))
        for writer, row in zip(self._writers, rows, strict=True):
            writer.append(row)

    def _finished(self) -> tuple[OutputFile, ...]:
        names = [clean(output.spec.name) for output in self._engine.outputs()]
        return tuple(
            OutputFile(name, str(writer.path), writer.finish())
            for name, writer in zip(names, self._writers, strict=True)
        )


def _count(job: EvalJob, items: NpyItems) -> int:
    count = items.count if job.items is None else job.items
    if not 0 < count <= items.count:
        raise _bad(f"holds {items.count} items, and {count} are asked for")
    return count


def _fit(job: EvalJob, engine: Engine, items: NpyItems) -> Fit:
    if len(engine.inputs) != 1:
        raise _bad(f"does not fit: the variant has {len(engine.inputs)} inputs, not one")
    return fitting(engine.inputs[0], items.item_shape, items.dtype.name, job.layout, job.normalise)


def _row(output: OutputTensor) -> Array:
    """Return what one item adds to the file: little-endian, and without a batch axis of 1."""
    values = output.values
    dtype = values.dtype.newbyteorder("<") if values.dtype.kind in "biu" else np.dtype("<f4")
    row: Array = np.asarray(values, dtype=dtype, order="C")
    return row.reshape(row.shape[1:]) if row.shape[:1] == (1,) else row
