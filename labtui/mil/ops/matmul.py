"""Matrix products and attention."""

from collections.abc import Mapping
from math import sqrt

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.ops.node import Kernel, Node, Op, plain
from labtui.mil.ops.normalisation import softmax


def _matmul(x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    left = x.swapaxes(-1, -2) if transpose_x else x
    right = y.swapaxes(-1, -2) if transpose_y else y
    return np.matmul(left, right)


def _linear(node: Node) -> Kernel:
    """Multiply rows by a matrix that is stored output by output."""
    matrix = node.array("weight").T
    bias = node.constants.get("bias")

    def kernel(x: Array) -> Array:
        result = np.matmul(x.reshape(-1, x.shape[-1]), matrix)
        if bias is not None:
            result += bias
        return result.reshape(*x.shape[:-1], -1)

    return kernel


def _einsum(values: tuple[Array, ...], equation: str) -> Array:
    result: Array = np.einsum(equation, *values, optimize=True)
    return np.ascontiguousarray(result)


def _attention(query: Array, key: Array, value: Array, attn_mask: Array | None = None) -> Array:
    scores = np.matmul(query * np.float32(1 / sqrt(query.shape[-1])), key.swapaxes(-1, -2))
    if attn_mask is not None and attn_mask.dtype == np.bool_:
        scores = np.where(attn_mask, scores, np.float32(-np.inf))
    elif attn_mask is not None:
        scores += attn_mask
    return np.matmul(softmax(scores), value)


OPS: Mapping[str, Op] = {
    "einsum": plain(_einsum),
    "linear": Op(_linear),
    "matmul": plain(_matmul),
    "scaled_dot_product_attention": plain(_attention),
}
