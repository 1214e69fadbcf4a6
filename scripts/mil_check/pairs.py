"""One op, and what numpy computes for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

SHAPE = (2, 4, 4, 4)
RNG = np.random.default_rng(7)
X = RNG.uniform(0.1, 0.9, SHAPE).astype(np.float32)
Y = RNG.uniform(0.1, 0.9, SHAPE).astype(np.float32)
HALF = X > 0.5
A, B = np.float32(0.25), np.float32(0.75)
FOUR = np.array([0.5, 1.5, 2.5, 3.5], np.float32)
INDICES = np.array([2, 0, 3], np.int32)
Build = Callable[[Any, Any], Any]
Reference = Callable[[Any, Any], Any]
Pair = tuple[Build, Reference]


def one(op: str, reference: Callable[..., Any], **named: Any) -> Pair:
    """Return an op of the argument `x`."""
    return (lambda x, _: getattr(mb, op)(x=x, **named), lambda x, _: reference(x))


def two(op: str, reference: Callable[..., Any]) -> Pair:
    """Return an op of the arguments `x` and `y`."""
    return (lambda x, y: getattr(mb, op)(x=x, y=y), reference)
