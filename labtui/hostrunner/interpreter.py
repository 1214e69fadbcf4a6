"""The engine over a TFLite `Interpreter`, whichever package it comes from."""

import errno
import mmap
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, OutputTensor, RunnerFailure
from labtui.hostrunner.placement import placement_of

_NO_KERNEL = re.compile(
    r"unresolved custom op|Didn't find op for|builtin_code out of range|Select TensorFlow op"
)
"""How the engine words that it lacks an op, or that op's version."""


class InterpreterEngine:
    """Runs a `.tflite` variant on the CPU, through XNNPACK where the package's build has it."""

    def __init__(self, name: str, version: str, module: Any) -> None:
        """Use `Interpreter` and `OpResolverType` of the package's `module`."""
        self.name = name
        self.version = version
        self.inputs: tuple[TensorSpec, ...] = ()
        self._module = module
        self._interpreter: Any = None
        self._output_specs: tuple[TensorSpec, ...] = ()
        self._feeds: list[tuple[int, Array]] = []
        self._output_indices: list[int] = []
        self._read: list[tuple[Array, Array]] = []

    def load(self, path: Path, options: EngineOptions) -> None:
        """Build the interpreter and plan its memory. Raises RunnerFailure."""
        if options.accelerator != "cpu":
            raise RunnerFailure(
                FailureCode.ACCELERATOR_MISSING,
                f"{self.name} has no accelerator {options.accelerator!r} here: use cpu",
            )
        try:
            self._interpreter = self._made(path, options)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, SystemError) as error:
            self._interpreter = None  # gives its memory back before that is probed
            code, text = _load_failure(path, str(error)), " ".join(str(error).split())
            raise RunnerFailure(code, f"{self.name} cannot load {path.name}: {text}") from error
        self.inputs = _specs(self._interpreter.get_input_details())
        output_details = self._interpreter.get_output_details()
        self._output_specs = _specs(output_details)
        self._output_indices = [detail["index"] for detail in output_details]

    def _made(self, path: Path, options: EngineOptions) -> Any:
        resolvers = self._module.OpResolverType
        resolver = (
            resolvers.AUTO if options.xnnpack else resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        return self._module.Interpreter(
            model_path=str(path),
            num_threads=options.threads,
            experimental_op_resolver_type=resolver,
        )

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        """Choose what each `infer` from now on is given, in the order of `inputs`."""
        details = self._interpreter.get_input_details()
        self._feeds = [(d["index"], a) for d, a in zip(details, arrays, strict=True)]

    def infer(self) -> None:
        """Hand over the inputs, run, read back and dequantise. Raises RunnerFailure."""
        interpreter = self._interpreter
        try:
            for index, array in self._feeds:
                interpreter.set_tensor(index, array)
            interpreter.invoke()
            raws = [interpreter.get_tensor(index) for index in self._output_indices]
        except (ValueError, RuntimeError) as error:
            raise RunnerFailure(FailureCode.RUN_FAILED, f"the inference failed: {error}") from error
        self._read = [
            (raw, dequantised(raw, spec))
            for raw, spec in zip(raws, self._output_specs, strict=True)
        ]

    def outputs(self) -> tuple[OutputTensor, ...]:
        """Return what the last `infer` read back."""
        return tuple(
            OutputTensor(spec, raw, values)
            for spec, (raw, values) in zip(self._output_specs, self._read, strict=True)
        )

    def placement(self) -> Placement:
        """Count the ops that the delegate took and those left to the engine's own kernels."""
        try:
            details = self._interpreter._get_ops_details()  # noqa: SLF001 (no public way)
            return placement_of(details)
        except (AttributeError, KeyError, TypeError, ValueError):
            return Placement("cpu")


def _load_failure(path: Path, text: str) -> FailureCode:
    if _NO_KERNEL.search(text):
        return FailureCode.OP_UNSUPPORTED
    return FailureCode.OUT_OF_MEMORY if _is_memory_short(path) else FailureCode.MODEL_REFUSED


def _is_memory_short(path: Path) -> bool:
    """Tell whether a load failed for want of memory: the engine names that in many ways.

    Loading takes the file's size at least twice: its mapping and the repacked weights.
    """
    try:
        mmap.mmap(-1, 2 * path.stat().st_size + 1).close()
    except OSError as error:
        return error.errno == errno.ENOMEM
    return False


def dequantised(raw: Array, spec: TensorSpec) -> Array:
    """Return the real values of a per-tensor quantised array; others unchanged."""
    if spec.scale is None or spec.zero_point is None:
        return raw
    return (raw.astype(np.float32) - np.float32(spec.zero_point)) * np.float32(spec.scale)


def _specs(details: Sequence[Mapping[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(_spec(detail) for detail in details)


def _spec(detail: Mapping[str, Any]) -> TensorSpec:
    scale, zero_point = detail["quantization"]
    is_quantised = scale != 0
    return TensorSpec(
        name=str(detail["name"]),
        shape=tuple(int(size) for size in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale) if is_quantised else None,
        zero_point=int(zero_point) if is_quantised else None,
    )
