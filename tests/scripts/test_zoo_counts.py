"""`n of m ops quantized`: the counting, and the reading of both formats."""

import pytest

from labtui.resources import demo_data
from scripts.zoo_models.mil_ops import mil_ops
from scripts.zoo_models.opcount import OpCount, OpUse, Reached, count_ops
from scripts.zoo_models.recipes import Quantization, Scheme
from scripts.zoo_models.tflite_ops import tflite_ops

VARIANTS = demo_data() / "variants"
OPS = [
    OpUse("CONV_2D", Reached.INTEGER),
    OpUse("CONV_2D", Reached.WEIGHTS),
    OpUse("SOFTMAX", Reached.HALF),
    OpUse("ADD", Reached.NOTHING),
    OpUse("ADD", Reached.NOTHING),
    OpUse("MUL", Reached.NOTHING),
]


@pytest.mark.parametrize(
    ("scheme", "quantized", "left"),
    [
        (Scheme.NONE, 0, (("ADD", 2), ("CONV_2D", 2), ("MUL", 1), ("SOFTMAX", 1))),
        (Scheme.HALF, 3, (("ADD", 2), ("MUL", 1))),
        (Scheme.WEIGHTS, 2, (("ADD", 2), ("MUL", 1), ("SOFTMAX", 1))),
        (Scheme.STATIC, 2, (("ADD", 2), ("MUL", 1), ("SOFTMAX", 1))),
    ],
)
def test_what_counts_depends_on_what_was_wanted(
    scheme: Scheme, quantized: int, left: tuple[tuple[str, int], ...]
) -> None:
    assert OpCount(quantized, 6, left) == count_ops(OPS, Quantization(scheme))


def test_a_count_is_a_sentence() -> None:
    assert "2 of 6 ops quantized" == str(OpCount(2, 6, ()))


@pytest.mark.parametrize(
    ("recipe", "reached"),
    [
        ("fp32", {Reached.NOTHING}),
        ("fp16", {Reached.HALF, Reached.NOTHING}),
        ("dyn8", {Reached.WEIGHTS, Reached.NOTHING}),
        ("full8", {Reached.INTEGER}),
    ],
)
def test_tflite_ops(recipe: str, reached: set[Reached]) -> None:
    ops = tflite_ops(VARIANTS / f"pairs_vit.{recipe}.tflite")
    assert reached == {op.reached for op in ops}
    assert {"FULLY_CONNECTED", "SOFTMAX"} <= {op.type for op in ops}
    assert not {"QUANTIZE", "DEQUANTIZE"} & {op.type for op in ops}


def test_core_ml_ops_of_a_float_package() -> None:
    pytest.importorskip("coremltools.proto")
    ops = mil_ops(VARIANTS / "pairs_mbv2.fp16.mlpackage")
    assert {Reached.HALF} == {op.reached for op in ops}


def test_core_ml_ops_of_packed_weights() -> None:
    pytest.importorskip("coremltools.proto")
    ops = mil_ops(VARIANTS / "pairs_vit.lin8.mlpackage")
    reached = {op.type: op.reached for op in ops}
    assert (Reached.WEIGHTS, Reached.HALF) == (reached["linear"], reached["softmax"])
    assert "const" not in reached
    assert not [name for name in reached if name.startswith("constexpr")]
