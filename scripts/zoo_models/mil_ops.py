"""The ops of an `.mlpackage` and what its recipe did to each."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from pathlib import Path
from typing import Any

from coremltools.proto import MIL_pb2, Model_pb2

from scripts.zoo_models.opcount import OpUse, Reached

SPECIFICATION = Path("Data/com.apple.CoreML/model.mlmodel")
_CONVERSIONS = {"const", "cast", "quantize", "dequantize"}
_CONSTEXPR = "constexpr_"


def mil_ops(package: Path) -> list[OpUse]:
    """Return the ops that compute, in order."""
    model = Model_pb2.Model()
    model.ParseFromString((package / SPECIFICATION).read_bytes())
    (function,) = model.mlProgram.functions.values()
    operations = function.block_specializations[function.opset].operations
    makers = {out.name: op.type for op in operations for out in op.outputs}
    return [
        OpUse(op.type, _reached(op, makers))
        for op in operations
        if op.type not in _CONVERSIONS and not op.type.startswith(_CONSTEXPR)
    ]


def _reached(op: Any, makers: dict[str, str]) -> Reached:
    sources = [makers.get(name, "") for name in _input_names(op)]
    if "dequantize" in sources:
        return Reached.INTEGER
    if any(source.startswith(_CONSTEXPR) for source in sources):
        return Reached.WEIGHTS
    types = {out.type.tensorType.dataType for out in op.outputs}
    return Reached.HALF if MIL_pb2.DataType.FLOAT16 in types else Reached.NOTHING


def _input_names(op: Any) -> list[str]:
    return [
        binding.name
        for argument in op.inputs.values()
        for binding in argument.arguments
        if binding.WhichOneof("binding") == "name"
    ]
