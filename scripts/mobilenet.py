"""MobileNetV2 with seeded weights, written as TFLite and as Core ML, without any converter."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.tiny_tflite import Graph, Op, Type

SIZE, CLASSES, SEED = 224, 1000, 7
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
           (6, 160, 3, 2), (6, 320, 1, 1))  # fmt: skip
"""Expansion, channels, blocks, stride of the first (Sandler et al. 2018, table 2)."""


@dataclass(frozen=True, slots=True)
class Conv:
    """One convolution; weights are [outputs, inputs / groups, height, width]."""

    weight: Any
    bias: Any
    stride: int
    is_depthwise: bool
    is_clipped: bool
    adds_block_input: bool = False
    begins_block: bool = False


def convs() -> Iterator[Conv]:
    """Yield the convolutions in their order."""
    rng = np.random.default_rng(SEED)

    def conv(ins: int, outs: int, kernel: int = 1, stride: int = 1, **how: Any) -> Conv:
        is_depthwise = how.pop("is_depthwise", False)
        fan_in = (1 if is_depthwise else ins) * kernel**2
        shape = (outs, 1 if is_depthwise else ins, kernel, kernel)
        weight = rng.normal(scale=(2 / fan_in) ** 0.5, size=shape).astype(np.float32)
        bias = rng.normal(scale=0.1, size=outs).astype(np.float32)
        return Conv(weight, bias, stride, is_depthwise, how.pop("is_clipped", True), **how)

    yield conv(3, 32, 3, 2)
    channels = 32
    for expansion, outs, blocks, first_stride in _STAGES:
        for block in range(blocks):
            stride, wide = (1 if block else first_stride), channels * expansion
            if expansion > 1:
                yield conv(channels, wide, begins_block=True)
            yield conv(wide, wide, 3, stride, is_depthwise=True, begins_block=expansion == 1)
            yield conv(wide, outs, is_clipped=False, adds_block_input=block > 0)
            channels = outs
    yield conv(channels, 1280)


def _head() -> tuple[Any, Any]:
    rng = np.random.default_rng(SEED + 1)
    weight = rng.normal(scale=1280**-0.5, size=(CLASSES, 1280)).astype(np.float32)
    return weight, np.zeros(CLASSES, np.float32)


def write_package(path: Path) -> None:
    """Write it as an ML Program in single precision. Needs coremltools."""
    import coremltools as ct  # noqa: PLC0415 (a second and some lines on stderr)
    from coremltools.converters.mil import Builder as mb  # noqa: N813, PLC0415 (its usual name)

    @mb.program(
        input_specs=[mb.TensorSpec(shape=(1, 3, SIZE, SIZE))], opset_version=ct.target.iOS16
    )
    def program(image: Any) -> Any:
        x = kept = image
        for conv in convs():
            kept = x if conv.begins_block else kept
            groups = conv.weight.shape[0] if conv.is_depthwise else 1
            x = mb.conv(
                x=x, weight=conv.weight, bias=conv.bias, groups=groups, pad_type="same",
                strides=[conv.stride] * 2,
            )  # fmt: skip
            x = mb.clip(x=x, alpha=np.float32(0), beta=np.float32(6)) if conv.is_clipped else x
            x = mb.add(x=x, y=kept) if conv.adds_block_input else x
        weight, bias = _head()
        mean = mb.reduce_mean(x=x, axes=[2, 3], keep_dims=False)
        return mb.linear(x=mean, weight=weight, bias=bias, name="logits")

    ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS16,
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    ).save(str(path))


def write_tflite(path: Path) -> None:
    """Write it as a TFLite file of floats; its input is [1, height, width, 3]."""
    graph = Graph()
    image = graph.tensor("image", (1, SIZE, SIZE, 3))
    x = kept = image
    size = SIZE
    for number, conv in enumerate(convs()):
        kept = x if conv.begins_block else kept
        size = -(-size // conv.stride)
        x = _convolved(graph, x, conv, size, f"c{number}")
        x = _added(graph, x, kept) if conv.adds_block_input else x
    path.write_bytes(graph.pack([image], [_classified(graph, x)]))


def _convolved(graph: Graph, x: int, conv: Conv, size: int, name: str) -> int:
    outs = conv.weight.shape[0]
    order = (1, 2, 3, 0) if conv.is_depthwise else (0, 2, 3, 1)
    weight = np.ascontiguousarray(conv.weight.transpose(order))
    made: Any = schema.DepthwiseConv2DOptionsT if conv.is_depthwise else schema.Conv2DOptionsT
    options = made()
    options.padding, options.strideH, options.strideW = schema.Padding.SAME, *[conv.stride] * 2
    options.dilationHFactor = options.dilationWFactor = 1
    if conv.is_depthwise:
        options.depthMultiplier = 1
    if conv.is_clipped:
        options.fusedActivationFunction = schema.ActivationFunctionType.RELU6
    kinds = schema.BuiltinOptions
    kind = kinds.DepthwiseConv2DOptions if conv.is_depthwise else kinds.Conv2DOptions
    w = graph.tensor(f"{name}w", weight.shape, data=weight)
    b = graph.tensor(f"{name}b", (outs,), data=conv.bias)
    y = graph.tensor(name, (1, size, size, outs))
    op = Op.DEPTHWISE_CONV_2D if conv.is_depthwise else Op.CONV_2D
    graph.op(op, [x, w, b], [y], (kind, options))
    return y


def _added(graph: Graph, x: int, kept: int) -> int:
    shape = tuple(graph.tensors[x].shape)
    y = graph.tensor(f"{graph.tensors[x].name}a", shape)
    graph.op(Op.ADD, [x, kept], [y], (schema.BuiltinOptions.AddOptions, schema.AddOptionsT()))
    return y


def _classified(graph: Graph, x: int) -> int:
    axes = graph.tensor("axes", (2,), Type.INT32, data=np.array([1, 2]))
    mean = graph.tensor("mean", (1, 1280))
    graph.op(
        Op.MEAN, [x, axes], [mean], (schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT())
    )
    weight, bias = _head()
    w = graph.tensor("w", weight.shape, data=weight)
    b = graph.tensor("b", bias.shape, data=bias)
    y = graph.tensor("logits", (1, CLASSES))
    options = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
    graph.op(Op.FULLY_CONNECTED, [mean, w, b], [y], options)
    return y
