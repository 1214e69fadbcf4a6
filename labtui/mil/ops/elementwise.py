"""Ops that compute each element from the elements at its place."""

from collections.abc import Mapping

import numpy as np

from labtui.mil.arrays import Array, held_dtype
from labtui.mil.errors import BadPackage
from labtui.mil.ops.node import Kernel, Node, Op, binary, only, plain, unary

_CAST_TYPES = {
    "bool": "bool", "fp16": "float16", "fp32": "float32", "int8": "int8", "uint8": "uint8",
    "int16": "int16", "uint16": "uint16", "int32": "int32", "uint32": "uint32", "int64": "int64",
}  # fmt: skip


def _divide(x: Array, y: Array) -> Array:
    if x.dtype.kind == "f":
        return np.divide(x, y)
    return np.trunc(np.divide(x, y)).astype(x.dtype)


def _clip(x: Array, alpha: Array, beta: Array) -> Array:
    return np.clip(x, alpha, beta)


def _inverse(x: Array, epsilon: float = 1e-4) -> Array:
    return 1 / (x + x.dtype.type(epsilon))


def _rsqrt(x: Array, epsilon: float = 1e-12) -> Array:
    return 1 / np.sqrt(x + x.dtype.type(epsilon))


def _log(x: Array, epsilon: float = 1e-45) -> Array:
    return np.log(x + x.dtype.type(epsilon))


def _threshold(x: Array, alpha: Array) -> Array:
    return np.maximum(x, alpha)


def _select(cond: Array, a: Array, b: Array) -> Array:
    return np.where(cond, a, b)


def _cast(node: Node) -> Kernel:
    name = node.word("dtype", "")
    if name not in _CAST_TYPES:
        raise BadPackage(f"casts to {name[:30]!r}: not run here.")
    target = held_dtype(_CAST_TYPES[name])
    # A copy in any case, since the rounding that may follow works in place.
    return plain(lambda x: x.astype(target)).make(only(node, "x"))


OPS: Mapping[str, Op] = {
    "abs": unary(np.abs, is_exact=True),
    "acos": unary(np.arccos),
    "add": binary(np.add),
    "asin": unary(np.arcsin),
    "atan": unary(np.arctan),
    "atanh": unary(np.arctanh),
    "cast": Op(_cast),
    "ceil": unary(np.ceil, is_exact=True),
    "clip": plain(_clip, is_exact=True),
    "cos": unary(np.cos),
    "cosh": unary(np.cosh),
    "equal": binary(np.equal, is_exact=True),
    "exp": unary(np.exp),
    "exp2": unary(np.exp2),
    "floor": unary(np.floor, is_exact=True),
    "floor_div": binary(np.floor_divide),
    "greater": binary(np.greater, is_exact=True),
    "greater_equal": binary(np.greater_equal, is_exact=True),
    "identity": plain(lambda x: x, is_exact=True),
    "inverse": plain(_inverse),
    "less": binary(np.less, is_exact=True),
    "less_equal": binary(np.less_equal, is_exact=True),
    "log": plain(_log),
    "logical_and": binary(np.logical_and, is_exact=True),
    "logical_not": unary(np.logical_not, is_exact=True),
    "logical_or": binary(np.logical_or, is_exact=True),
    "logical_xor": binary(np.logical_xor, is_exact=True),
    "maximum": binary(np.maximum, is_exact=True),
    "minimum": binary(np.minimum, is_exact=True),
    "mod": binary(np.mod),
    "mul": binary(np.multiply),
    "not_equal": binary(np.not_equal, is_exact=True),
    "pow": binary(np.power),
    "real_div": binary(_divide),
    "round": unary(np.rint, is_exact=True),
    "rsqrt": plain(_rsqrt),
    "select": plain(_select, is_exact=True),
    "sign": unary(np.sign, is_exact=True),
    "sin": unary(np.sin),
    "sinh": unary(np.sinh),
    "sqrt": unary(np.sqrt),
    "square": unary(np.square),
    "sub": binary(np.subtract),
    "tan": unary(np.tan),
    "tanh": unary(np.tanh),
    "threshold": plain(_threshold, is_exact=True),
}
