"""Compressed weights, and quantised activations.

All arithmetic is that of coremltools' own decompression, so that weights agree bit for bit.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.blobs import unpacked_bits
from labtui.mil.half import round_to_half
from labtui.mil.ops.node import Kernel, Node, Op, plain
from labtui.mil.types import MAX_ELEMENTS


def _along(values: Array, rank: int, axis: int) -> Array:
    """Return a scalar or vector so that it meets one axis of an array."""
    if values.ndim == 0:
        return values
    return values.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def _affine_dequantize(
    quantized_data: Array, scale: Array, zero_point: Array, axis: Array
) -> Array:
    rank, where = quantized_data.ndim, int(axis)
    shifted = quantized_data.astype(np.float32) - _along(zero_point, rank, where).astype(np.float32)
    return shifted * _along(scale, rank, where)


def _blockwise(node: Node) -> Kernel:
    is_half = node.types["scale"].dtype == "float16"

    def kernel(data: Array, scale: Array, offset: Array | None = None) -> Array:
        return _shift_scale(data, scale, offset, is_half=is_half)

    return _bound(node, kernel)


def _shift_scale(data: Array, scale: Array, offset: Array | None, *, is_half: bool) -> Array:
    values = data.astype(np.float32)
    if offset is not None:
        values -= _spread(offset.astype(np.float32), data.shape)
        if is_half:
            round_to_half(values)
    values *= _spread(scale, data.shape)
    return values


def _spread(blocks: Array, shape: tuple[int, ...]) -> Array:
    """Repeat what belongs to a block for each of its elements. Raises ValueError."""
    for axis, (size, count) in enumerate(zip(shape, blocks.shape, strict=True)):
        if size % count:
            raise ValueError(f"{count} blocks over {size} elements")
        if size // count > 1 and count > 1:
            blocks = np.repeat(blocks, size // count, axis)
    return blocks


def _lut_packed(indices: Array, lut: Array, shape: Array) -> Array:
    """Look up indices that are packed into bytes."""
    sizes = [int(size) for size in shape]
    bits = int(lut.size).bit_length() - 1
    if not 0 < prod(sizes) <= MAX_ELEMENTS or lut.size != 1 << bits or not bits:
        raise ValueError("palette or shape that cannot be")
    return lut[unpacked_bits(indices, bits, prod(sizes))].reshape(sizes)


def _lut_to_dense(indices: Array, lut: Array, vector_axis: Array | None = None) -> Array:
    """Look up indices in the palette of their group; `lut` is [*groups, palette, vector]."""
    groups, (palette, width) = lut.shape[:-2], lut.shape[-2:]
    if len(groups) != indices.ndim or indices.max(initial=0) >= palette:
        raise ValueError("indices that are not of the palette")
    vectors = _looked_up(indices, lut.reshape(-1, palette, width), groups)
    if width == 1:
        return vectors[..., 0]
    axis = int(vector_axis if vector_axis is not None else -1) % indices.ndim
    moved = np.moveaxis(vectors, -1, axis + 1)
    sizes = list(indices.shape)
    sizes[axis] *= width
    return moved.reshape(sizes)


def _looked_up(indices: Array, palettes: Array, groups: tuple[int, ...]) -> Array:
    """Return the vector of each index; elements belong to groups by blocks."""
    if len(palettes) == 1:
        return palettes[0][indices]
    numbers = np.arange(len(palettes)).reshape(groups)
    return palettes[_spread(numbers, indices.shape), indices]


def _sparse_packed(nonzero_data: Array, mask: Array, shape: Array) -> Array:
    sizes = [int(size) for size in shape]
    if not 0 < prod(sizes) <= MAX_ELEMENTS:
        raise ValueError("a shape that cannot be")
    ones = np.unpackbits(mask, count=prod(sizes), bitorder="little")
    return _sparse_to_dense(nonzero_data, ones).reshape(sizes)


def _sparse_to_dense(nonzero_data: Array, mask: Array) -> Array:
    result = np.zeros(mask.shape, nonzero_data.dtype)
    result[mask != 0] = nonzero_data
    return result


def _sparse(node: Node) -> Kernel:
    is_packed = "shape" in node.constants
    return plain(_sparse_packed if is_packed else _sparse_to_dense).make(node)


def _lut(node: Node) -> Kernel:
    is_packed = "shape" in node.constants
    return plain(_lut_packed if is_packed else _lut_to_dense).make(node)


def _lut_to_sparse(
    indices_mask: Array,
    indices_nonzero_data: Array,
    lut: Array,
    vector_axis: Array | None = None,
) -> tuple[Array, Array]:
    dense = _lut_to_dense(_sparse_to_dense(indices_nonzero_data, indices_mask), lut, vector_axis)
    mask = indices_mask
    if vector_axis is not None:
        mask = np.repeat(mask, lut.shape[-1], axis=int(vector_axis))
    return mask, dense[mask != 0]


def _sparse_blockwise(node: Node) -> Kernel:
    is_half = node.types["scale"].dtype == "float16"

    def kernel(
        data_mask: Array, nonzero_data: Array, scale: Array, offset: Array | None = None
    ) -> tuple[Array, Array]:
        dense = _sparse_to_dense(nonzero_data, data_mask)
        values = _shift_scale(dense, scale, offset, is_half=is_half)
        return data_mask, values[data_mask != 0]

    return _bound(node, kernel)


def _bound(node: Node, kernel: Kernel) -> Kernel:
    return plain(kernel).make(node)


def _constexpr_cast(source_val: Array, output_dtype: str) -> Array:
    if output_dtype != "fp32":
        raise ValueError(f"to {output_dtype[:20]!r}")
    return source_val.copy()


def _quantize(
    input: Array,  # noqa: A002 (kernels take arguments by the names that MIL gives them)
    scale: Array,
    output_dtype: str,
    zero_point: Array | None = None,
    axis: Array | None = None,
) -> Array:
    limits = np.iinfo("uint8" if output_dtype == "uint8" else "int8")
    rank, where = input.ndim, int(axis) if axis is not None else 0
    steps = np.rint(input / _along(scale, rank, where))
    if zero_point is not None:
        steps += _along(zero_point, rank, where).astype(np.float32)
    return np.clip(steps, limits.min, limits.max, out=steps).astype(limits.dtype)


def _dequantize(
    input: Array,  # noqa: A002 (as above)
    scale: Array,
    zero_point: Array | None = None,
    axis: Array | None = None,
) -> Array:
    rank, where = input.ndim, int(axis) if axis is not None else 0
    values: Any = input.astype(np.float32)
    if zero_point is not None:
        values -= _along(zero_point, rank, where).astype(np.float32)
    values *= _along(scale, rank, where)
    return np.asarray(values)


OPS: Mapping[str, Op] = {
    "constexpr_affine_dequantize": plain(_affine_dequantize),
    "constexpr_blockwise_shift_scale": Op(_blockwise),
    "constexpr_cast": plain(_constexpr_cast),
    "constexpr_lut_to_dense": Op(_lut, is_exact=True),
    "constexpr_lut_to_sparse": plain(_lut_to_sparse, is_exact=True),
    "constexpr_sparse_blockwise_shift_scale": Op(_sparse_blockwise),
    "constexpr_sparse_to_dense": Op(_sparse, is_exact=True),
    "dequantize": plain(_dequantize),
    "quantize": plain(_quantize, is_exact=True),
}
