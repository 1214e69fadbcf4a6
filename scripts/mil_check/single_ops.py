"""Programs of many single ops, each with what numpy computes for it."""

from collections.abc import Callable
from typing import Any

import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

from scripts.mil_check.elementwise import ELEMENTWISE
from scripts.mil_check.pairs import SHAPE, Pair, X, Y
from scripts.mil_check.reductions import REDUCTION
from scripts.mil_check.shapes import SHAPES


def _quantized(x: Any, _: Any) -> Any:
    scale, zero = np.array([0.01, 0.02, 0.003, 0.004], np.float32), np.array([3, -5, 0, 7])
    steps = np.rint(x / scale[:, None, None]) + zero[:, None, None]
    return (np.clip(steps, -128, 127) - zero[:, None, None]) * scale[:, None, None]


def _quantize(x: Any, _: Any) -> Any:
    scale = np.array([0.01, 0.02, 0.003, 0.004], np.float32)
    zero = np.array([3, -5, 0, 7], np.int8)
    steps = mb.quantize(input=x, scale=scale, zero_point=zero, output_dtype="int8", axis=1)
    return mb.dequantize(input=steps, scale=scale, zero_point=zero, axis=1)


QUANTIZED: dict[str, Pair] = {
    "quantize": (_quantize, _quantized),
    "constexpr_cast": (
        lambda x, _: mb.add(
            x=x, y=mb.constexpr_cast(source_val=Y.astype(np.float16), output_dtype="fp32")
        ),
        lambda x, _: x + Y.astype(np.float16),
    ),
}
Made = tuple[Any, str, list[Any], list[Any]]


def _program(pairs: dict[str, Pair], target: str) -> Callable[[], Made]:
    def make() -> Made:
        specs = [mb.TensorSpec(shape=SHAPE), mb.TensorSpec(shape=SHAPE)]

        @mb.program(input_specs=specs, opset_version=getattr(ct.target, target))
        def program(x: Any, y: Any) -> Any:
            return tuple(
                mb.identity(x=build(x, y), name=f"y{number:03d}")
                for number, (build, _) in enumerate(pairs.values())
            )

        expected = [np.asarray(reference(X, Y), np.float32) for _, reference in pairs.values()]
        return program, target, [X, Y], expected

    return make


PROGRAMS: dict[str, Callable[[], Made]] = {
    "elementwise.fp32": _program(ELEMENTWISE, "iOS15"),
    "reduction.fp32": _program(REDUCTION, "iOS16"),
    "shapes.fp32": _program(SHAPES, "iOS17"),
    "quantized.fp32": _program(QUANTIZED, "iOS17"),
}
