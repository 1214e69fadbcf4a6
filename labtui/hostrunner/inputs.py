"""Seeded inputs, the same in every runner bit for bit (runners/PROTOCOL.md, "Seeded inputs")."""

from collections.abc import Iterable
from math import prod

import numpy as np
from numpy.typing import NDArray

from labtui.core.model import TensorSpec
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, RunnerFailure

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FLOATS = frozenset({"float16", "float32", "float64"})
_FULL_RANGE_INTS = frozenset({"int8", "uint8", "int16", "uint16"})
_INDICES = frozenset({"int32", "uint32", "int64", "uint64"})
INDEX_LIMIT = 100
"""Wide integer inputs are mostly token or table indices: keep them small enough to be valid."""


def splitmix64(seed: int, first: int, count: int) -> NDArray[np.uint64]:
    """Return outputs number `first`… of the SplitMix64 generator that starts at `seed`."""
    steps = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    z = np.uint64(seed) + steps * _GAMMA
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def seeded_inputs(specs: Iterable[TensorSpec], seed: int) -> list[Array]:
    """Return an array for each input; they share one generator, in order.

    Raises RunnerFailure for an element type that has no rule.
    """
    arrays = []
    used = 0
    for spec in specs:
        count = prod(spec.shape)
        values = _values(splitmix64(seed, used, count), spec)
        arrays.append(values.reshape(spec.shape))
        used += count
    return arrays


def _values(bits: NDArray[np.uint64], spec: TensorSpec) -> Array:
    if spec.dtype in _FLOATS:
        fraction = (bits >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0
        return fraction.astype(spec.dtype)
    if spec.dtype in _FULL_RANGE_INTS:
        dtype = np.dtype(spec.dtype)
        top = bits >> np.uint64(64 - 8 * dtype.itemsize)
        return top.astype(f"uint{8 * dtype.itemsize}").view(dtype)
    if spec.dtype in _INDICES:
        return ((bits >> np.uint64(40)) % np.uint64(INDEX_LIMIT)).astype(spec.dtype)
    if spec.dtype == "bool":
        return (bits >> np.uint64(63)).astype(np.bool_)
    raise RunnerFailure(
        FailureCode.MODEL_REFUSED,
        f"no inputs of type {spec.dtype} can be generated (input {spec.name}): use another variant",
    )
