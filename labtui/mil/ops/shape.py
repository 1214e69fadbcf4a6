"""Ops that lay out elements anew."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labtui.mil.arrays import Array, held_dtype
from labtui.mil.errors import BadPackage
from labtui.mil.ops.node import Kernel, Node, Op, only, plain
from labtui.mil.types import MAX_ELEMENTS

_PAD_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}


def _ints(values: Array) -> list[int]:
    return [int(number) for number in np.asarray(values).reshape(-1)]


def _reshape(x: Array, shape: Array) -> Array:
    """Give another shape; 0 keeps the size of that axis, -1 takes what is left."""
    sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(_ints(shape))]
    return x.reshape(sizes)


def _transpose(x: Array, perm: Array) -> Array:
    return x.transpose(_ints(perm))


def _squeeze(x: Array, axes: Array | None = None) -> Array:
    return np.squeeze(x, None if axes is None else tuple(_ints(axes)))


def _expand_dims(x: Array, axes: Array) -> Array:
    return np.expand_dims(x, tuple(_ints(axes)))


def _flatten2d(x: Array, axis: int = 1) -> Array:
    first = int(axis) % (x.ndim + 1)
    return x.reshape(int(np.prod(x.shape[:first])), -1)


def _concat(values: Any, axis: int, interleave: bool = False) -> Array:
    parts = values if isinstance(values, tuple) else (values,)
    if not interleave:
        return np.concatenate(parts, int(axis))
    stacked = np.stack(parts, int(axis) % parts[0].ndim + 1)
    sizes = list(parts[0].shape)
    sizes[int(axis)] *= len(parts)
    return stacked.reshape(sizes)


def _stack(values: Any, axis: int) -> Array:
    return np.stack(values if isinstance(values, tuple) else (values,), int(axis))


def _split(node: Node) -> Kernel:
    """Cut along an axis, into views."""
    sizes = node.numbers("split_sizes", ())
    axis = node.numbers("axis", (0,))[0]
    count = node.numbers("num_splits", (len(sizes),))[0]
    cuts: Any = list(np.cumsum(sizes)[:-1]) if sizes else count
    return plain(lambda x: tuple(np.split(x, cuts, axis))).make(only(node, "x"))


def _slice_by_index(  # noqa: PLR0917 (the arguments of the op)
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    steps = _ints(stride) if stride is not None else [1] * x.ndim
    no_begin, no_end, is_index = (
        [False] * x.ndim if mask is None else [bool(bit) for bit in mask.reshape(-1)]
        for mask in (begin_mask, end_mask, squeeze_mask)
    )
    where = tuple(
        first
        if is_index[i]
        else slice(None if no_begin[i] else first, None if no_end[i] else last, steps[i])
        for i, (first, last) in enumerate(zip(_ints(begin), _ints(end), strict=True))
    )
    return np.asarray(x[where])


def _slice_by_size(x: Array, begin: Array, size: Array) -> Array:
    """Cut out a box; the size -1 goes to the end."""
    where = tuple(
        slice(first, None if count == -1 else first + count)
        for first, count in zip(_ints(begin), _ints(size), strict=True)
    )
    return x[where]


def _tile(x: Array, reps: Array) -> Array:
    times = _ints(reps)
    _check_count(x.size * int(np.prod(times, dtype=object)))
    return np.tile(x, times)


def _fill(shape: Array, value: Array) -> Array:
    sizes = _ints(shape)
    _check_count(int(np.prod(sizes, dtype=object)))
    return np.full(sizes, value)


def _pad(x: Array, pad: Array, mode: str = "constant", constant_val: Array | float = 0) -> Array:
    """Put elements around the last axes, of which `pad` has the widths before and after."""
    if mode not in _PAD_MODES:
        raise BadPackage(f"has the op pad in the mode {mode[:30]!r}: not run here.")
    pairs = np.asarray(pad).reshape(-1, 2)
    widths = [(0, 0)] * (x.ndim - len(pairs)) + [(int(a), int(b)) for a, b in pairs]
    _check_count(int(np.prod([size + sum(w) for size, w in zip(x.shape, widths, strict=True)])))
    if mode == "constant":
        return np.pad(x, widths, constant_values=constant_val)
    how: Any = _PAD_MODES[mode]
    return np.pad(x, widths, mode=how)


def _check_count(count: int) -> None:
    if count > MAX_ELEMENTS:
        raise ValueError(f"{count} elements")


def _pixel_shuffle(x: Array, upscale_factor: int) -> Array:
    n, channels, height, width = x.shape
    factor = int(upscale_factor)
    parts = x.reshape(n, channels // factor**2, factor, factor, height, width)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(n, -1, height * factor, width * factor)


def _pixel_unshuffle(x: Array, downscale_factor: int) -> Array:
    n, channels, height, width = x.shape
    factor = int(downscale_factor)
    parts = x.reshape(n, channels, height // factor, factor, width // factor, factor)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(n, -1, height // factor, width // factor)


def _depth_to_space(x: Array, block_size: int) -> Array:
    n, channels, height, width = x.shape
    block = int(block_size)
    parts = x.reshape(n, block, block, channels // block**2, height, width)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(n, -1, height * block, width * block)


def _space_to_depth(x: Array, block_size: int) -> Array:
    n, channels, height, width = x.shape
    block = int(block_size)
    parts = x.reshape(n, channels, height // block, block, width // block, block)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(n, -1, height // block, width // block)


def _gather(
    x: Array,
    indices: Array,
    axis: int = 0,
    batch_dims: int = 0,
    validate_indices: bool = False,  # noqa: ARG001 (they always are)
) -> Array:
    if int(batch_dims):
        raise ValueError("over batches of indices, which is not run here")
    return np.take(x, indices, axis=int(axis))


def _gather_along_axis(
    x: Array,
    indices: Array,
    axis: int = 0,
    validate_indices: bool = False,  # noqa: ARG001 (they always are)
) -> Array:
    return np.take_along_axis(x, indices, int(axis))


def _shape(node: Node) -> Kernel:
    dtype = held_dtype(node.outputs[0].dtype)
    return plain(lambda x: np.array(x.shape, dtype)).make(node)


def _range_1d(start: Array, end: Array, step: Array) -> Array:
    _check_count(int((float(end) - float(start)) / float(step)))
    return np.arange(start.item(), end.item(), step.item(), dtype=start.dtype)


def _reverse(x: Array, axes: Array | None = None) -> Array:
    return np.flip(x, None if axes is None else tuple(_ints(axes)))


def _one_hot(node: Node) -> Kernel:
    dtype = held_dtype(node.outputs[0].dtype)

    def kernel(
        indices: Array,
        one_hot_vector_size: Array,
        axis: int = -1,
        on_value: Array | int = 1,
        off_value: Array | int = 0,
    ) -> Array:
        size = int(one_hot_vector_size)
        _check_count(size * indices.size)
        hits = indices[..., None] == np.arange(size)
        return np.moveaxis(np.where(hits, on_value, off_value).astype(dtype), -1, int(axis))

    return plain(kernel).make(node)


OPS: Mapping[str, Op] = {
    "concat": plain(_concat, is_exact=True),
    "depth_to_space": plain(_depth_to_space, is_exact=True),
    "expand_dims": plain(_expand_dims, is_exact=True),
    "fill": plain(_fill, is_exact=True),
    "flatten2d": plain(_flatten2d, is_exact=True),
    "gather": plain(_gather, is_exact=True),
    "gather_along_axis": plain(_gather_along_axis, is_exact=True),
    "one_hot": Op(_one_hot, is_exact=True),
    "pad": plain(_pad, is_exact=True),
    "pixel_shuffle": plain(_pixel_shuffle, is_exact=True),
    "pixel_unshuffle": plain(_pixel_unshuffle, is_exact=True),
    "range_1d": plain(_range_1d, is_exact=True),
    "reshape": plain(_reshape, is_exact=True),
    "reverse": plain(_reverse, is_exact=True),
    "shape": Op(_shape, is_exact=True),
    "slice_by_index": plain(_slice_by_index, is_exact=True),
    "slice_by_size": plain(_slice_by_size, is_exact=True),
    "space_to_depth": plain(_space_to_depth, is_exact=True),
    "split": Op(_split, is_exact=True),
    "squeeze": plain(_squeeze, is_exact=True),
    "stack": plain(_stack, is_exact=True),
    "tile": plain(_tile, is_exact=True),
    "transpose": plain(_transpose, is_exact=True),
}
