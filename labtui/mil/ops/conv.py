"""Convolutions: as one matrix product, or shifted sums where each channel is on its own."""

from collections.abc import Mapping
from math import prod

import numpy as np

from labtui.mil.arrays import Array, Index
from labtui.mil.errors import BadPackage
from labtui.mil.ops.depthwise import DepthwiseKernel
from labtui.mil.ops.node import Kernel, Node, Op
from labtui.mil.ops.windows import Windows, windows


def _conv(node: Node) -> Kernel:
    weight = node.array("weight")
    bias = node.constants.get("bias")
    places = windows(node, weight.shape[2:])
    (groups,) = node.numbers("groups", (1,))
    if groups < 1 or weight.shape[0] % groups:
        raise BadPackage("has the op conv with groups that cannot be: it is damaged.")
    if groups > 1 and weight.shape[1] == 1 and weight.ndim == 4 and groups == weight.shape[0]:
        return DepthwiseKernel(weight, bias, places)
    if prod(weight.shape[2:]) == 1 and groups == 1 and not any(places.pad):
        return _pointwise(weight, bias, places)
    return _general(weight, bias, places, groups)


def _pointwise(weight: Array, bias: Array | None, places: Windows) -> Kernel:
    matrix = np.ascontiguousarray(weight.reshape(weight.shape[:2]))
    column = None if bias is None else bias.reshape(-1, 1)
    step: Index = (..., *(slice(None, None, stride) for stride in places.strides))

    def kernel(x: Array) -> Array:
        chosen = x if set(places.strides) == {1} else x[step]
        result = np.matmul(matrix, chosen.reshape(*chosen.shape[:2], -1))
        if column is not None:
            result += column
        return result.reshape(x.shape[0], -1, *chosen.shape[2:])

    return kernel


def _general(weight: Array, bias: Array | None, places: Windows, groups: int) -> Kernel:
    outputs, inputs = weight.shape[0], weight.shape[1] * groups
    matrices = weight.reshape(groups, outputs // groups, -1)
    column = None if bias is None else bias.reshape(-1, 1)

    def kernel(x: Array) -> Array:
        if x.shape[1] != inputs:
            raise ValueError(f"{x.shape[1]} channels instead of {inputs}")
        pads = places.pads(x.shape[2:])
        counts = places.counts(x.shape[2:], pads)
        columns = places.columns(places.padded(x, pads, counts, 0), counts)
        rows = columns.reshape(x.shape[0], groups, -1, prod(counts))
        result = np.matmul(matrices, rows).reshape(x.shape[0], outputs, -1)
        if column is not None:
            result += column
        return result.reshape(x.shape[0], outputs, *counts)

    return kernel


def _conv_transpose(node: Node) -> Kernel:
    """Add up what each input element spreads over its window of the output."""
    weight = node.array("weight")
    bias = node.constants.get("bias")
    places = windows(node, weight.shape[2:])
    (groups,) = node.numbers("groups", (1,))
    matrices = weight.reshape(groups, weight.shape[0] // groups, -1).swapaxes(1, 2)
    asked = node.numbers("output_shape", ())

    def kernel(x: Array) -> Array:
        counts, outputs = x.shape[2:], weight.shape[1] * groups
        spread = np.matmul(matrices, x.reshape(x.shape[0], groups, -1, prod(counts)))
        spread = spread.reshape(x.shape[0], outputs, *places.kernel, *counts)
        whole = [
            (count - 1) * stride + span
            for count, stride, span in zip(counts, places.strides, places.span, strict=True)
        ]
        result = np.zeros((x.shape[0], outputs, *whole), np.float32)
        for place, where in places.taps(counts):
            result[where] += spread[(slice(None), slice(None), *place)]
        result = _cropped(result, places, counts, asked[2:])
        return result if bias is None else result + bias.reshape(-1, *[1] * len(counts))

    return kernel


def _cropped(
    whole: Array, places: Windows, counts: tuple[int, ...], asked: tuple[int, ...]
) -> Array:
    if places.pad_type == "valid" and not asked:
        return whole
    if places.pad_type == "custom":
        pads = tuple(zip(places.pad[::2], places.pad[1::2], strict=True))
    else:
        sizes = asked or tuple(c * s for c, s in zip(counts, places.strides, strict=True))
        pads = places.pads(sizes)
    sizes = asked or tuple(size - sum(pad) for size, pad in zip(whole.shape[2:], pads, strict=True))
    needs = [
        (0, max(0, before + size - have))
        for (before, _), size, have in zip(pads, sizes, whole.shape[2:], strict=True)
    ]
    padded = np.pad(whole, [(0, 0), (0, 0), *needs])
    cuts = (slice(before, before + size) for (before, _), size in zip(pads, sizes, strict=True))
    inner: Index = (..., *cuts)
    return np.ascontiguousarray(padded[inner])


OPS: Mapping[str, Op] = {"conv": Op(_conv), "conv_transpose": Op(_conv_transpose)}
