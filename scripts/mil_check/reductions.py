"""Ops that make one element of many."""

from collections.abc import Callable
from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

from scripts.mil_check.pairs import FOUR, Pair, one

_AXES = {"axes": [1, 3], "keep_dims": False}


def _reduced(op: str, reference: Callable[..., Any]) -> Pair:
    return one(op, lambda x: reference(x, axis=(1, 3)), **_AXES)


def _log_sum_exp(x: Any, axis: Any) -> Any:
    return np.log(np.exp(x).sum(axis=axis))


REDUCTION: dict[str, Pair] = {
    "cumsum": one(
        "cumsum",
        lambda x: x[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] - x,
        axis=2,
        exclusive=True,
        reverse=True,
    ),
    "reduce_argmax": (
        lambda x, _: mb.cast(x=mb.reduce_argmax(x=x, axis=1, keep_dims=True), dtype="fp32"),
        lambda x, _: x.argmax(axis=1, keepdims=True),
    ),
    "reduce_argmin": (
        lambda x, _: mb.cast(x=mb.reduce_argmin(x=x, axis=-1, keep_dims=False), dtype="fp32"),
        lambda x, _: x.argmin(axis=-1),
    ),
    "reduce_l1_norm": _reduced("reduce_l1_norm", lambda x, axis: np.abs(x).sum(axis=axis)),
    "reduce_l2_norm": _reduced("reduce_l2_norm", lambda x, axis: np.sqrt((x**2).sum(axis=axis))),
    "reduce_log_sum": _reduced("reduce_log_sum", lambda x, axis: np.log(x.sum(axis=axis))),
    "reduce_log_sum_exp": _reduced("reduce_log_sum_exp", _log_sum_exp),
    "reduce_max": _reduced("reduce_max", np.max),
    "reduce_mean": _reduced("reduce_mean", np.mean),
    "reduce_min": _reduced("reduce_min", np.min),
    "reduce_prod": _reduced("reduce_prod", np.prod),
    "reduce_sum": _reduced("reduce_sum", np.sum),
    "reduce_sum_square": _reduced("reduce_sum_square", lambda x, axis: np.square(x).sum(axis=axis)),
    "topk": (
        lambda x, _: mb.topk(x=x, k=2, axis=1)[0],
        lambda x, _: -np.sort(-x, axis=1)[:, :2],
    ),
    "l2_norm": one(
        "l2_norm", lambda x: x / np.sqrt((x**2).sum(axis=(1, 2, 3), keepdims=True) + 1e-6)
    ),
    "batch_norm": one(
        "batch_norm",
        lambda x: (
            (x - FOUR[:, None, None]) / np.sqrt(FOUR + 1e-5)[:, None, None] * FOUR[:, None, None]
            + FOUR[:, None, None]
        ),
        mean=FOUR,
        variance=FOUR,
        gamma=FOUR,
        beta=FOUR,
    ),
    "l2_pool": one(
        "l2_pool",
        lambda x: np.sqrt((x.reshape(2, 4, 2, 2, 2, 2) ** 2).sum(axis=(3, 5))),
        kernel_sizes=[2, 2],
        strides=[2, 2],
        pad_type="valid",
    ),
    "einsum": (
        lambda x, y: mb.einsum(values=(x, y), equation="bnhc,bchw->bnhw"),
        lambda x, y: np.einsum("bnhc,bchw->bnhw", x, y),
    ),
}
