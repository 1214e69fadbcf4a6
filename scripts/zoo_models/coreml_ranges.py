"""Ranges of a Core ML program's activations where Core ML is not: from labtui's own executor."""

# mypy: disable-error-code="import-not-found, import-untyped"
# coremltools lives in an environment of its own: here it counts as Any.

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import coremltools.optimize.coreml._post_training_quantization as quantization
import numpy as np
from coremltools.optimize.coreml.experimental._post_training_quantization import (
    _adjust_concat_surrounding_activation_stats as share_ranges,
)

from labtui.mil.blobs import Blobs
from labtui.mil.package import read_package
from labtui.mil.plan import planned
from labtui.mil.program import CONST, Program, read_program

Sample = Mapping[str, np.ndarray[Any, Any]]
Ranges = dict[str, dict[str, float]]


@contextmanager
def calibrated_off_apple() -> Iterator[None]:
    """Let coremltools calibrate without macOS, and with the range of all items.

    Its own function can run only there, and of the inputs it keeps the last item's range.
    """
    name = "_get_activation_calibration_stats"
    original = getattr(quantization, name)
    setattr(quantization, name, _ranges)
    try:
        yield
    finally:
        setattr(quantization, name, original)


def _ranges(program: Any, samples: Sequence[Sample], _group_size: int = -1) -> Ranges:
    """Return the smallest and largest value of every input and intermediate value."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "float.mlpackage"
        program.save(str(path))
        package = read_package(path)
        parsed = read_program(package.spec)
        names = _intermediate_names(parsed)
        plan = planned(replace(parsed, outputs=tuple(names)), Blobs(package.blobs))
    (input_,) = parsed.inputs
    ranges: Ranges = {}
    for sample in samples:
        item = sample[input_.name].astype(input_.type.dtype)
        _widen(ranges, input_.name, item)
        for name, values in zip(names, plan.run([item]), strict=True):
            _widen(ranges, name, values)
    share_ranges(_concatenations(parsed), ranges)
    return ranges


def _intermediate_names(program: Program) -> list[str]:
    outputs = set(program.outputs)
    return [
        out.name
        for op in program.operations
        if op.type != CONST
        for out in op.outputs
        if out.name not in outputs
    ]


def _concatenations(program: Program) -> list[list[str]]:
    """Return the values that go through one concatenation: they have to share a range."""
    return [
        [*(name for name in op.arguments["values"] if isinstance(name, str)), op.outputs[0].name]
        for op in program.operations
        if op.type == "concat"
    ]


def _widen(ranges: Ranges, name: str, values: Any) -> None:
    low, high = float(np.min(values)), float(np.max(values))
    known = ranges.setdefault(name, {"rmin": low, "rmax": high})
    known["rmin"], known["rmax"] = min(low, known["rmin"]), max(high, known["rmax"])
