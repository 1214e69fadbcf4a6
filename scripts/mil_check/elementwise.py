"""Ops that compute each element from the elements at its place."""

from collections.abc import Callable
from math import erf
from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

from scripts.mil_check.pairs import FOUR, A, B, Pair, one, two

_ERF = np.vectorize(erf)


def _compare(op: str, reference: Callable[..., Any]) -> Pair:
    return (lambda x, y: mb.cast(x=getattr(mb, op)(x=x, y=y), dtype="fp32"), reference)


def _logic(op: str, reference: Callable[..., Any]) -> Pair:
    def build(x: Any, y: Any) -> Any:
        return mb.cast(x=getattr(mb, op)(x=mb.greater(x=x, y=A), y=mb.less(x=y, y=B)), dtype="fp32")

    return build, lambda x, y: reference(x > A, y < B)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


ELEMENTWISE: dict[str, Pair] = {
    "abs": one("abs", np.abs),
    "acos": one("acos", np.arccos),
    "asin": one("asin", np.arcsin),
    "atan": one("atan", np.arctan),
    "atanh": one("atanh", np.arctanh),
    "ceil": one("ceil", np.ceil),
    "clamped_relu": (
        lambda x, y: mb.clamped_relu(x=mb.sub(x=x, y=y), alpha=A, beta=np.float32(0.3)),
        lambda x, y: np.minimum(np.where(x >= y, x - y, (x - y) * A), 0.3),
    ),
    "clip": one("clip", lambda x: np.clip(x, A, B), alpha=A, beta=B),
    "cos": one("cos", np.cos),
    "cosh": one("cosh", np.cosh),
    "elu": (
        lambda x, y: mb.elu(x=mb.sub(x=x, y=y), alpha=B),
        lambda x, y: np.where(x > y, x - y, B * np.expm1(x - y)),
    ),
    "equal": _compare("equal", np.equal),
    "erf": one("erf", _ERF),
    "exp": one("exp", np.exp),
    "exp2": one("exp2", np.exp2),
    "floor": one("floor", np.floor),
    "floor_div": two("floor_div", np.floor_divide),
    "gelu_sigmoid": one("gelu", lambda x: x * _sigmoid(1.702 * x), mode="SIGMOID_APPROXIMATION"),
    "greater": _compare("greater", np.greater),
    "greater_equal": _compare("greater_equal", np.greater_equal),
    "inverse": one("inverse", lambda x: 1 / (x + 1e-4)),
    "less": _compare("less", np.less),
    "less_equal": _compare("less_equal", np.less_equal),
    "linear_activation": one("linear_activation", lambda x: A * x + B, alpha=A, beta=B),
    "log": one("log", np.log),
    "logical_and": _logic("logical_and", np.logical_and),
    "logical_not": (
        lambda x, _: mb.cast(x=mb.logical_not(x=mb.less(x=x, y=B)), dtype="fp32"),
        lambda x, _: x >= B,
    ),
    "logical_or": _logic("logical_or", np.logical_or),
    "logical_xor": _logic("logical_xor", np.logical_xor),
    "maximum": two("maximum", np.maximum),
    "minimum": two("minimum", np.minimum),
    "mod": two("mod", np.mod),
    "not_equal": _compare("not_equal", np.not_equal),
    "pow": two("pow", np.power),
    "real_div": two("real_div", np.divide),
    "round": (
        lambda x, _: mb.round(x=mb.mul(x=x, y=np.float32(9))),
        lambda x, _: np.rint(x * np.float32(9)),
    ),
    "rsqrt": one("rsqrt", lambda x: 1 / np.sqrt(x)),
    "scaled_tanh": one("scaled_tanh", lambda x: A * np.tanh(B * x), alpha=A, beta=B),
    "select": (
        lambda x, y: mb.select(cond=mb.greater(x=x, y=y), a=x, b=y),
        lambda x, y: np.where(x > y, x, y),
    ),
    "sigmoid": one("sigmoid", _sigmoid),
    "sigmoid_hard": one("sigmoid_hard", lambda x: np.clip(A * x + B, 0, 1), alpha=A, beta=B),
    "sign": (lambda x, y: mb.sign(x=mb.sub(x=x, y=y)), lambda x, y: np.sign(x - y)),
    "sin": one("sin", np.sin),
    "sinh": one("sinh", np.sinh),
    "softplus_parametric": one(
        "softplus_parametric",
        lambda x: FOUR[:, None, None] * np.log1p(np.exp(FOUR[:, None, None] * x)),
        alpha=FOUR,
        beta=FOUR,
    ),
    "softsign": one("softsign", lambda x: x / (1 + np.abs(x))),
    "sqrt": one("sqrt", np.sqrt),
    "square": one("square", np.square),
    "tan": one("tan", np.tan),
    "tanh": one("tanh", np.tanh),
    "threshold": one("threshold", lambda x: np.maximum(x, A), alpha=A),
    "thresholded_relu": one("thresholded_relu", lambda x: np.where(x >= B, x, 0), alpha=B),
}
