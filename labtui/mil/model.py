"""A package that is loaded and can be run.

The numbers are numpy's: arithmetic of single precision, rounded to half precision after each op
where the program says so. ONNX Runtime would be three to ten times as fast, but it rewrites
quantised graphs by default, and computes garbage for weights and activations of 8 bits without a
word; what shall find such faults has to be simple enough to be believed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labtui.core.model import TensorSpec
from labtui.core.text import clean
from labtui.mil.arrays import Array, held_dtype
from labtui.mil.blobs import Blobs
from labtui.mil.errors import BadPackage
from labtui.mil.package import read_package
from labtui.mil.plan import Plan, planned
from labtui.mil.program import read_program
from labtui.mil.types import UNKNOWN, Named, TensorType


class Model:
    """A program with its weights in memory; inputs and outputs are in the order of their names."""

    def __init__(self, plan: Plan, inputs: Sequence[TensorSpec], outputs: Sequence[str]) -> None:
        self._plan = plan
        self._input_order = _by_name([spec.name for spec in inputs])
        self._output_order = _by_name(outputs)
        self.inputs = tuple(inputs[i] for i in self._input_order)
        self._output_names = tuple(outputs)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What `run` returns, as far as the program says: open sizes are -1."""
        return tuple(
            TensorSpec(self._output_names[i], kind.shape, kind.dtype)
            for i in self._output_order
            for kind in [self._plan.outputs[i][1]]
        )

    @property
    def op_count(self) -> int:
        """Number of ops that an inference runs; what is constant was computed before."""
        return len(self._plan.steps)

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Return the outputs for one array for each input. Raises BadPackage."""
        given: list[Array] = [np.empty(0)] * len(arrays)
        for place, array, spec in zip(self._input_order, arrays, self.inputs, strict=True):
            given[place] = np.ascontiguousarray(array, held_dtype(spec.dtype)).reshape(spec.shape)
        results = self._plan.run(given)
        return [_as_declared(results[i], self._plan.outputs[i][1]) for i in self._output_order]


def load_model(path: Path) -> Model:
    """Read, decompress and plan a package. Raises BadPackage, MemoryError."""
    package = read_package(path)
    program = read_program(package.spec)
    inputs = [_spec(value, package.spec) for value in program.inputs]
    return Model(planned(program, Blobs(package.blobs)), inputs, program.outputs)


def _by_name(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda i: names[i].encode())


def _as_declared(value: Array, declared: TensorType) -> Array:
    dtype = np.dtype(declared.dtype)
    return np.ascontiguousarray(value, dtype)


def _spec(value: Named, spec: Any) -> TensorSpec:
    """Return what an input takes; open sizes are those that the description names first."""
    described = _described(value.name, spec)
    if described is None:
        raise BadPackage(
            f"has an input {clean(value.name, 60)} that is no array: convert it with TensorType."
        )
    shape = value.type.shape
    if UNKNOWN in shape:
        shape = tuple(int(size) for size in described.shape)
    if value.type.dtype == "string" or not value.type.fits(shape) or min(shape, default=1) < 1:
        raise BadPackage("has an input whose type or size cannot be run here.")
    return TensorSpec(value.name, shape, value.type.dtype)


def _described(name: str, spec: Any) -> Any:
    """Return the array that the description promises for an input; None where it has none."""
    for feature in spec.description.input:
        if feature.name == name and feature.type.WhichOneof("Type") == "multiArrayType":
            return feature.type.multiArrayType
    return None
