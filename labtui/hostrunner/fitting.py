"""Items of an eval set -> what the variant's input takes (runners/PROTOCOL.md, "Eval sets")."""

from collections.abc import Callable
from itertools import dropwhile

import numpy as np
from numpy.typing import NDArray

from labtui.core.model import TensorSpec
from labtui.core.protocol import Layout, Normalise
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, RunnerFailure

Fit = Callable[[Array], Array]
"""Turns an item into an array for the input."""


def fitting(
    spec: TensorSpec,
    item_shape: tuple[int, ...],
    dtype: str,
    layout: Layout,
    normalise: Normalise | None,
) -> Fit:
    """Return how items become inputs. Raises RunnerFailure when they do not fit."""
    if _core(item_shape) != _core(spec.shape):
        raise _bad(f"its items have the shape {item_shape}, the input {spec.name} {spec.shape}")
    if normalise is None:
        if dtype != spec.dtype:
            raise _bad(f"its items are {dtype}, the input {spec.name} is {spec.dtype}")
        return lambda item: item.reshape(spec.shape)
    real = _real_numbers(normalise, item_shape, layout)
    convert = _conversion(spec)
    return lambda item: convert(real(item)).reshape(spec.shape)


def _core(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dropwhile(lambda size: size == 1, shape))


def _real_numbers(
    normalise: Normalise, item_shape: tuple[int, ...], layout: Layout
) -> Callable[[Array], NDArray[np.float64]]:
    mean, std = (
        _per_channel(values, item_shape, layout) for values in (normalise.mean, normalise.std)
    )
    scale = normalise.scale
    return lambda item: (item.astype(np.float64) * scale - mean) / std


def _per_channel(
    values: tuple[float, ...], item_shape: tuple[int, ...], layout: Layout
) -> NDArray[np.float64]:
    """Return the values shaped so that they meet the channels of an item."""
    array = np.array(values, dtype=np.float64)
    if array.size == 1:
        return array.reshape(())
    axis = 0 if layout is Layout.NCHW else len(item_shape) - 1
    channels = item_shape[axis] if item_shape else 1
    if array.size != channels:
        raise _bad(f"it is normalised by {array.size} channels, its items have {channels}")
    return array.reshape([array.size if i == axis else 1 for i in range(len(item_shape))])


def _conversion(spec: TensorSpec) -> Callable[[NDArray[np.float64]], Array]:
    dtype = np.dtype(spec.dtype)
    if dtype.kind == "f":
        return lambda real: real.astype(dtype)
    if dtype.kind not in "iu" or spec.scale is None or spec.zero_point is None:
        raise _bad(f"the input {spec.name} takes no real numbers: leave normalise out")
    scale, zero_point, limits = spec.scale, spec.zero_point, np.iinfo(dtype)

    def quantised(real: NDArray[np.float64]) -> Array:
        if np.isnan(real).any():
            raise _bad("an item holds NaN, which has no quantised value")
        steps = np.rint(real / scale) + zero_point  # numpy rounds half to even
        return steps.clip(limits.min, limits.max).astype(dtype)

    return quantised


def _bad(text: str) -> RunnerFailure:
    return RunnerFailure(FailureCode.BAD_EVAL, f"the eval set does not fit: {text}")
