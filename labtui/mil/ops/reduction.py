"""Ops that make one element of many."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from labtui.mil.arrays import Array, held_dtype
from labtui.mil.ops.node import Kernel, Node, Op, only, plain


def _reduction(function: Callable[..., Array], *, is_exact: bool = False) -> Op:
    def reduce(x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
        axis = None if axes is None else tuple(int(number) for number in axes.reshape(-1))
        return function(x, axis=axis, keepdims=bool(keep_dims))

    return plain(reduce, is_exact=is_exact)


def _log_sum_exp(x: Array, axis: Any, keepdims: bool) -> Array:
    highest = x.max(axis=axis, keepdims=True)
    total = np.log(np.exp(x - highest).sum(axis=axis, keepdims=True)) + highest
    return total if keepdims else np.squeeze(total, axis=axis)


def _l2_norm(x: Array, axis: Any, keepdims: bool) -> Array:
    return np.sqrt(np.square(x).sum(axis=axis, keepdims=keepdims))


def _position(function: Callable[..., Array]) -> Op:
    def make(node: Node) -> Kernel:
        axis, keep = int(node.constants.get("axis", -1)), node.flag("keep_dims")
        dtype = held_dtype(node.outputs[0].dtype)

        def kernel(x: Array) -> Array:
            return function(x, axis=axis, keepdims=keep).astype(dtype)

        return plain(kernel).make(only(node, "x"))

    return Op(make, is_exact=True)


def _cumsum(x: Array, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Array:
    axis = int(axis)
    forward = np.flip(x, axis) if reverse else x
    total = forward.cumsum(axis=axis, dtype=x.dtype)
    if exclusive:
        total -= forward
    return np.ascontiguousarray(np.flip(total, axis)) if reverse else total


def _topk(node: Node) -> Kernel:
    """Return values and positions, in order unless the op says it does not matter."""
    count, axis = int(node.constants.get("k", 1)), int(node.constants.get("axis", -1))
    is_ascending = node.flag("ascending")
    position_type = held_dtype(node.outputs[1].dtype) if len(node.outputs) > 1 else np.int32

    def kernel(x: Array) -> tuple[Array, ...]:
        keys = x if is_ascending else -x
        order = np.argsort(keys, axis=axis, kind="stable").take(range(count), axis=axis)
        values = np.take_along_axis(x, order, axis)
        return (values, order.astype(position_type))[: len(node.outputs)]

    return kernel


OPS: Mapping[str, Op] = {
    "cumsum": plain(_cumsum),
    "reduce_argmax": _position(np.argmax),
    "reduce_argmin": _position(np.argmin),
    "reduce_l1_norm": _reduction(lambda x, **how: np.abs(x).sum(**how)),
    "reduce_l2_norm": _reduction(_l2_norm),
    "reduce_log_sum": _reduction(lambda x, **how: np.log(x.sum(**how))),
    "reduce_log_sum_exp": _reduction(_log_sum_exp),
    "reduce_max": _reduction(np.max, is_exact=True),
    "reduce_mean": _reduction(np.mean),
    "reduce_min": _reduction(np.min, is_exact=True),
    "reduce_prod": _reduction(np.prod),
    "reduce_sum": _reduction(np.sum),
    "reduce_sum_square": _reduction(lambda x, **how: np.square(x).sum(**how)),
    "topk": Op(_topk, is_exact=True),
}
