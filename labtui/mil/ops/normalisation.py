"""Softmax and the normalisations."""

from collections.abc import Mapping

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.ops.node import Kernel, Node, Op, plain


def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp(x) over its sum along the axis, without overflow."""
    result = x - x.max(axis=int(axis), keepdims=True)
    np.exp(result, out=result)
    result /= result.sum(axis=int(axis), keepdims=True)
    return result


def _standardised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    centred /= np.sqrt(variance + np.float32(epsilon))
    return centred


def _layer_norm(node: Node) -> Kernel:
    axes = node.numbers("axes", (-1,))
    epsilon = float(node.constants.get("epsilon", 1e-5))
    gamma, beta = node.constants.get("gamma"), node.constants.get("beta")

    def kernel(x: Array) -> Array:
        result = _standardised(x, axes, epsilon)
        if gamma is not None:
            result *= _along(gamma, axes, x.ndim)
        if beta is not None:
            result += _along(beta, axes, x.ndim)
        return result

    return kernel


def _along(values: Array, axes: tuple[int, ...], rank: int) -> Array:
    """Return values that belong to some axes with the rank of the whole."""
    shape = [1] * rank
    for axis, size in zip(sorted(axis % rank for axis in axes), values.shape, strict=True):
        shape[axis] = size
    return values.reshape(shape)


def _per_channel(values: Array | None, rank: int, default: float) -> Array:
    if values is None:
        return np.full([1] * rank, default, np.float32)
    return values.reshape(1, -1, *[1] * (rank - 2))


def _instance_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, epsilon: float = 1e-5
) -> Array:
    result = _standardised(x, tuple(range(2, x.ndim)), float(epsilon))
    result *= _per_channel(gamma, x.ndim, 1)
    result += _per_channel(beta, x.ndim, 0)
    return result


def _batch_norm(  # noqa: PLR0917 (the arguments of the op)
    x: Array,
    mean: Array,
    variance: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    scale = _per_channel(gamma, x.ndim, 1) / np.sqrt(
        _per_channel(variance, x.ndim, 1) + np.float32(epsilon)
    )
    result = x - _per_channel(mean, x.ndim, 0)
    result *= scale
    result += _per_channel(beta, x.ndim, 0)
    return result


def _l2_norm(x: Array, epsilon: float = 1e-6) -> Array:
    """Divide each item by its norm over the last three axes."""
    total = np.square(x).sum(axis=tuple(range(-min(3, x.ndim), 0)), keepdims=True)
    return x / np.sqrt(total + np.float32(epsilon))


OPS: Mapping[str, Op] = {
    "batch_norm": plain(_batch_norm),
    "instance_norm": plain(_instance_norm),
    "l2_norm": plain(_l2_norm),
    "layer_norm": Op(_layer_norm),
    "softmax": plain(softmax),
}
