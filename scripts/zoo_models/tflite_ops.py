"""The ops of a `.tflite` file and what its recipe did to each."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools.flatbuffer_utils import read_model

from scripts.zoo_models.opcount import OpUse, Reached

_CONVERSIONS = {"QUANTIZE", "DEQUANTIZE", "CAST"}
_NAMES = {
    value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)
}
_TYPES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}
_INTEGERS = {"INT2", "INT4", "INT8", "INT16", "UINT8"}


def tflite_ops(path: Path) -> list[OpUse]:
    """Return the ops that compute, in order."""
    model = read_model(str(path))
    return [use for graph in model.subgraphs for use in _graph_ops(model, graph)]


def _graph_ops(model: Any, graph: Any) -> list[OpUse]:
    names = [
        _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes
    ]
    unpacked: dict[int, str] = {}  # constants that a DEQUANTIZE turns into floats, by its output
    uses = []
    for op in graph.operators:
        name = names[op.opcodeIndex]
        if name == "DEQUANTIZE" and _is_constant(model, graph, op.inputs[0]):
            unpacked[op.outputs[0]] = _type(graph, op.inputs[0])
        if name not in _CONVERSIONS:
            uses.append(OpUse(name, _reached(model, graph, op, unpacked)))
    return uses


def _reached(model: Any, graph: Any, op: Any, unpacked: dict[int, str]) -> Reached:
    inputs = [index for index in op.inputs if index >= 0]
    if _type(graph, op.outputs[0]) in _INTEGERS:
        return Reached.INTEGER
    constants = {_type(graph, index) for index in inputs if _is_constant(model, graph, index)}
    constants |= {unpacked[index] for index in inputs if index in unpacked}
    if constants & _INTEGERS:
        return Reached.WEIGHTS
    return Reached.HALF if "FLOAT16" in constants else Reached.NOTHING


def _type(graph: Any, index: int) -> str:
    return str(_TYPES[graph.tensors[index].type])


def _is_constant(model: Any, graph: Any, index: int) -> bool:
    content = model.buffers[graph.tensors[index].buffer]
    return content.data is not None or bool(content.size)
