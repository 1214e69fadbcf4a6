"""Activation functions."""

from collections.abc import Callable, Mapping
from math import erfc, exp, pi, sqrt

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.errors import BadPackage
from labtui.mil.ops.node import Kernel, Node, Op, only, plain, unary

_CHUNK = 1 << 14
"""Elements at a time for functions of many steps: their arrays stay in the cache."""
_DEGREE = 9
_FAR = 6.0


def _erfc_terms() -> list[np.float32]:
    """Return g with erfc(x) = exp(-x^2) g(t), t = 1 / (1 + x / 2), for x >= 0.

    A polynomial in t through Chebyshev nodes of the interval that [0, 6] maps to; highest first.
    """
    low = 1 / (1 + _FAR / 2)
    nodes = low + (1 - low) * (1 + np.cos((np.arange(40) + 0.5) * pi / 40)) / 2
    points = [2 * (1 / t - 1) for t in nodes]
    values = [erfc(x) * exp(x * x) for x in points]
    return [np.float32(term) for term in np.polyfit(nodes, values, _DEGREE)]


_ERFC_TERMS = _erfc_terms()


def erf(x: Array) -> Array:
    """Return the error function to within 3e-7: numpy has none."""
    magnitude = np.minimum(np.abs(x), np.float32(_FAR))
    t = 1 / (1 + magnitude * np.float32(0.5))
    total = np.full_like(t, _ERFC_TERMS[0])
    for term in _ERFC_TERMS[1:]:
        total *= t
        total += term
    np.square(magnitude, out=magnitude)
    np.negative(magnitude, out=magnitude)
    total *= np.exp(magnitude, out=magnitude)
    np.subtract(1, total, out=total)
    return np.copysign(total, x)


def _chunked(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the function, applied to so much at a time as fits the cache."""

    def apply(x: Array) -> Array:
        flat = np.ascontiguousarray(x).reshape(-1)
        result = np.empty_like(flat)
        for start in range(0, flat.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            result[part] = function(flat[part])
        return result.reshape(x.shape)

    return apply


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    result = np.negative(x)
    np.exp(result, out=result)
    result += 1
    return np.reciprocal(result, out=result)


def _silu(x: Array) -> Array:
    result = sigmoid(x)
    result *= x
    return result


def _gelu_exact(x: Array) -> Array:
    result = erf(x * np.float32(sqrt(0.5)))
    result += 1
    result *= x
    result *= np.float32(0.5)
    return result


def _gelu_tanh(x: Array) -> Array:
    inner = np.float32(sqrt(2 / pi)) * (x + np.float32(0.044715) * x * x * x)
    return np.float32(0.5) * x * (1 + np.tanh(inner))


def _gelu_sigmoid(x: Array) -> Array:
    return x * sigmoid(np.float32(1.702) * x)


_GELU = {
    "EXACT": _chunked(_gelu_exact),
    "TANH_APPROXIMATION": _chunked(_gelu_tanh),
    "SIGMOID_APPROXIMATION": _chunked(_gelu_sigmoid),
}


def _gelu(node: Node) -> Kernel:
    mode = node.word("mode", "EXACT")
    if mode not in _GELU:
        raise BadPackage(f"has the op gelu in the mode {mode[:40]!r}: not run here.")
    return plain(_GELU[mode]).make(only(node, "x"))


def _leaky_relu(x: Array, alpha: float) -> Array:
    return np.where(x >= 0, x, x * np.float32(alpha))


def _prelu(x: Array, alpha: Array) -> Array:
    return np.where(x >= 0, x, x * alpha.reshape(-1, *[1] * (x.ndim - 2)))


def _elu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x >= 0, x, np.float32(alpha) * np.expm1(np.minimum(x, 0)))


def _sigmoid_hard(x: Array, alpha: float = 0.2, beta: float = 0.5) -> Array:
    return np.clip(np.float32(alpha) * x + np.float32(beta), 0, 1)


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, np.float32(0))


def _softplus_parametric(x: Array, alpha: Array, beta: Array) -> Array:
    shape = (-1, *[1] * (x.ndim - 2))
    return alpha.reshape(shape) * np.logaddexp(beta.reshape(shape) * x, np.float32(0))


def _clamped_relu(x: Array, alpha: float, beta: float) -> Array:
    return np.minimum(np.where(x >= 0, x, x * np.float32(alpha)), np.float32(beta))


def _linear_activation(x: Array, alpha: float, beta: float = 0.0) -> Array:
    return np.float32(alpha) * x + np.float32(beta)


def _scaled_tanh(x: Array, alpha: float = 1.0, beta: float = 1.0) -> Array:
    return np.float32(alpha) * np.tanh(np.float32(beta) * x)


def _thresholded_relu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x >= np.float32(alpha), x, np.float32(0))


OPS: Mapping[str, Op] = {
    "clamped_relu": plain(_clamped_relu),
    "elu": plain(_elu),
    "erf": unary(_chunked(erf)),
    "gelu": Op(_gelu),
    "leaky_relu": plain(_leaky_relu),
    "linear_activation": plain(_linear_activation),
    "prelu": plain(_prelu),
    "relu": unary(lambda x: np.maximum(x, x.dtype.type(0)), is_exact=True),
    "relu6": unary(lambda x: np.clip(x, 0, 6), is_exact=True),
    "scaled_tanh": plain(_scaled_tanh),
    "sigmoid": unary(_chunked(sigmoid)),
    "sigmoid_hard": plain(_sigmoid_hard),
    "silu": unary(_chunked(_silu)),
    "softplus": unary(_softplus),
    "softplus_parametric": plain(_softplus_parametric),
    "softsign": unary(lambda x: x / (1 + np.abs(x))),
    "thresholded_relu": plain(_thresholded_relu, is_exact=True),
}
