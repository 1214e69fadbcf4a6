"""Builds `.tflite` files of a few hundred bytes: tests need no converter and no big file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

Type = schema.TensorType
Op = schema.BuiltinOperator
_NUMPY = {
    Type.FLOAT32: np.float32, Type.FLOAT16: np.float16, Type.INT8: np.int8, Type.UINT8: np.uint8,
    Type.INT16: np.int16, Type.INT32: np.int32, Type.INT64: np.int64, Type.BOOL: np.bool_,
}  # fmt: skip


@dataclass
class Graph:
    """One subgraph in the making: tensors first, then the ops over them."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    codes: list[Any] = field(default_factory=list)
    ops: list[Any] = field(default_factory=list)

    def tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        dtype: int = Type.FLOAT32,
        *,
        data: NDArray[Any] | None = None,
        scale: float | Sequence[float] | None = None,
        zero_point: int = 0,
        signature: tuple[int, ...] | None = None,
    ) -> int:
        """Add a tensor, constant when it has `data`, and return its index."""
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name, list(shape), dtype
        tensor.shapeSignature = list(signature) if signature else None
        tensor.buffer = 0 if data is None else self._buffer(data.astype(_NUMPY[dtype]).tobytes())
        if scale is not None:
            scales = [scale] if isinstance(scale, float) else list(scale)
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = [zero_point] * len(scales)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def _buffer(self, data: bytes) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(data, dtype=np.uint8)
        self.buffers.append(buffer)
        return len(self.buffers) - 1

    def op(
        self,
        builtin: int,
        inputs: list[int],
        outputs: list[int],
        options: tuple[int, Any] | None = None,
    ) -> None:
        """Add an operator; `options` are the union's tag and its object."""
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = builtin, min(builtin, 127), 1
        self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = (
            len(self.codes) - 1,
            inputs,
            outputs,
        )
        if options:
            operator.builtinOptionsType, operator.builtinOptions = options
        self.ops.append(operator)

    def pack(self, inputs: list[int], outputs: list[int]) -> bytes:
        """Return the file's bytes."""
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.ops
        subgraph.inputs, subgraph.outputs = inputs, outputs
        model = schema.ModelT()
        model.version, model.description = 3, "tiny"
        model.subgraphs, model.buffers, model.operatorCodes = [subgraph], self.buffers, self.codes
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def fully_connected(width: int = 8, classes: int = 4, seed: int = 0) -> bytes:
    """Return a float32 model `y = W x + b` with inputs of shape (1, width)."""
    random = np.random.default_rng(seed)
    graph = Graph()
    x = graph.tensor("x", (1, width), signature=(-1, width))
    weights = graph.tensor("w", (classes, width), data=random.standard_normal((classes, width)))
    bias = graph.tensor("b", (classes,), data=random.standard_normal(classes))
    y = graph.tensor("y", (1, classes), signature=(-1, classes))
    options = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
    graph.op(Op.FULLY_CONNECTED, [x, weights, bias], [y], options)
    return graph.pack([x], [y])


def added(
    dtype: int = Type.FLOAT32,
    shape: tuple[int, ...] = (1, 4),
    scale: float | None = None,
    zero_point: int = 0,
    name: str = "x",
) -> bytes:
    """Return a model `y = x + x` of one element type; quantised when `scale` is given."""
    graph = Graph()
    x = graph.tensor(name, shape, dtype, scale=scale, zero_point=zero_point)
    y = graph.tensor("y", shape, dtype, scale=scale, zero_point=zero_point)
    options = (schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
    graph.op(Op.ADD, [x, x], [y], options)
    return graph.pack([x], [y])


def copied(
    *inputs: tuple[str, int],
    shape: tuple[int, ...] = (1, 4),
    scale: float | None = None,
    zero_point: int = 0,
) -> bytes:
    """Return a model that hands out each input, named and typed, as it came."""
    graph = Graph()
    options = schema.ReshapeOptionsT()
    options.newShape = list(shape)
    sizes = graph.tensor("sizes", (len(shape),), Type.INT32, data=np.array(shape))
    xs, ys = (
        [
            graph.tensor(name + suffix, shape, dtype, scale=scale, zero_point=zero_point)
            for name, dtype in inputs
        ]
        for suffix in ("", "_copy")
    )
    for x, y in zip(xs, ys, strict=True):
        graph.op(Op.RESHAPE, [x, sizes], [y], (schema.BuiltinOptions.ReshapeOptions, options))
    return graph.pack(xs, ys)


def unresolved() -> bytes:
    """Return a model with a custom op that no engine has."""
    graph = Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.op(Op.CUSTOM, [x], [y])
    graph.codes[-1].customCode = "NoSuchOp"
    return graph.pack([x], [y])


def newer_op() -> bytes:
    """Return a model with a version of ADD that does not exist yet."""
    graph = Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.op(Op.ADD, [x, x], [y], (schema.BuiltinOptions.AddOptions, schema.AddOptionsT()))
    graph.codes[-1].version = 99
    return graph.pack([x], [y])


def two_inputs() -> bytes:
    """Return a float32 model `y = a + b`."""
    graph = Graph()
    a, b, y = (graph.tensor(name, (1, 4)) for name in "aby")
    graph.op(Op.ADD, [a, b], [y], (schema.BuiltinOptions.AddOptions, schema.AddOptionsT()))
    return graph.pack([a, b], [y])


def half_delegated() -> bytes:
    """Return a float32 model whose ADDs XNNPACK takes and whose CUMSUM between them it leaves."""
    graph = Graph()
    x, a, b, y = (graph.tensor(name, (1, 4)) for name in "xaby")
    axis = graph.tensor("axis", (), Type.INT32, data=np.array(1))
    add = (schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
    graph.op(Op.ADD, [x, x], [a], add)
    graph.op(
        Op.CUMSUM, [a, axis], [b], (schema.BuiltinOptions.CumsumOptions, schema.CumsumOptionsT())
    )
    graph.op(Op.ADD, [b, b], [y], add)
    return graph.pack([x], [y])


def large_tflite(weight_bytes: int) -> bytes:
    """Return the start of a file whose weights of so many bytes lie behind its tables.

    The file has to be made longer by at least as much; holes read as zeros.
    """
    graph = Graph()
    x, w, y = (
        graph.tensor("x", (1, 4)),
        graph.tensor("w", (weight_bytes, 1)),
        graph.tensor("y", (1,)),
    )
    graph.tensors[w].type, graph.tensors[w].buffer = Type.INT8, 1
    graph.tensors[w].quantization = schema.QuantizationParametersT()
    graph.tensors[w].quantization.scale = [0.5]
    graph.buffers.append(schema.BufferT())
    graph.buffers[1].offset, graph.buffers[1].size = 1 << 16, weight_bytes
    graph.op(Op.FULLY_CONNECTED, [x, w], [y])
    return graph.pack([x], [y])
