"""The engine of Core ML variants where there is no Core ML: `labtui.mil`, in numpy."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from labtui import __version__
from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import PlacedPart, Placement
from labtui.failure import FailureCode
from labtui.hostrunner.blas import set_blas_threads
from labtui.hostrunner.engine import Array, Engine, OutputTensor, RunnerFailure
from labtui.hostrunner.limits import limit_memory
from labtui.mil.errors import BadPackage, MissingCoremltools, UnsupportedOp
from labtui.mil.messages import load_messages
from labtui.mil.model import Model, load_model

NAME = "labtui-mil"


class MilEngine:
    """Computes what Core ML would, at a speed that says nothing about Core ML."""

    name = NAME
    version = __version__

    def __init__(self) -> None:
        self.inputs: tuple[TensorSpec, ...] = ()
        self._model: Model | None = None
        self._feeds: tuple[Array, ...] = ()
        self._read: list[Array] = []

    def load(self, path: Path, options: EngineOptions) -> None:
        """Decompress the weights and plan the program. Raises RunnerFailure, MemoryError."""
        if options.accelerator != "cpu":
            raise RunnerFailure(
                FailureCode.ACCELERATOR_MISSING,
                f"{NAME} has no accelerator {options.accelerator!r}: use cpu, or a real iPhone",
            )
        set_blas_threads(options.threads)
        try:
            self._model = load_model(path)
        except BadPackage as error:
            raise RunnerFailure(_code(error), f"the package {error}") from error
        self.inputs = self._model.inputs

    @property
    def _loaded(self) -> Model:
        if self._model is None:
            raise RunnerFailure(FailureCode.INTERNAL, "no variant is loaded")
        return self._model

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        """Choose what each `infer` from now on is given, in the order of `inputs`."""
        self._feeds = tuple(arrays)

    def infer(self) -> None:
        """Hand over the inputs, run and read back. Raises RunnerFailure."""
        try:
            self._read = self._loaded.run(self._feeds)
        except BadPackage as error:
            raise RunnerFailure(FailureCode.RUN_FAILED, f"the package {error}") from error

    def outputs(self) -> tuple[OutputTensor, ...]:
        """Return what the last `infer` read back; half floats widened in `values`."""
        return tuple(
            OutputTensor(replace(spec, shape=raw.shape), raw, _widened(raw))
            for spec, raw in zip(self._loaded.outputs, self._read, strict=True)
        )

    def placement(self) -> Placement:
        """Return that all ops run on the CPU, and that it is not Core ML which runs them."""
        return Placement("cpu", (PlacedPart("cpu", NAME, self._loaded.op_count),), 0)


def _widened(raw: Array) -> Array:
    return raw.astype(np.float32) if raw.dtype == np.float16 else raw


def _code(error: BadPackage) -> FailureCode:
    if isinstance(error, UnsupportedOp):
        return FailureCode.OP_UNSUPPORTED
    is_missing = isinstance(error, MissingCoremltools)
    return FailureCode.ENGINE_MISSING if is_missing else FailureCode.MODEL_REFUSED


def open_mil(variant: Path) -> Engine:
    """Return the engine, within limits for this variant. Raises RunnerFailure."""
    try:
        load_messages("Model_pb2")
    except MissingCoremltools as error:
        raise RunnerFailure(FailureCode.ENGINE_MISSING, str(error)) from error
    limit_memory(variant)
    return MilEngine()
