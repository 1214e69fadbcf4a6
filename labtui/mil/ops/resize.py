"""Ops that change the height and width of images."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from labtui.mil.arrays import F32, Array
from labtui.mil.errors import BadPackage
from labtui.mil.ops.node import Kernel, Node, Op, plain

_Points = Callable[[int, int], Array]
"""(input size, output size) -> where each output element lies in the input, not yet clamped."""


def _aligned(size: int, target: int) -> Array:
    return np.arange(target) * ((size - 1) / max(1, target - 1))


def _aligned_or_middle(size: int, target: int) -> Array:
    return _aligned(size, target) if target > 1 else np.array([(size - 1) / 2])


def _plain(size: int, target: int) -> Array:
    return np.arange(target) * (size / target)


def _offset(size: int, target: int) -> Array:
    step = max(1, size - 1) / target
    return 0.5 * step + np.arange(target) * step


def _half_pixel(size: int, target: int) -> Array:
    step = size / target
    return np.arange(target) * step + 0.5 * step - 0.5


_SAMPLING: Mapping[str, _Points] = {
    "ALIGN_CORNERS": _aligned_or_middle,
    "DEFAULT": _plain,
    "OFFSET_CORNERS": _offset,
    "STRICT_ALIGN_CORNERS": _aligned,
    "UNALIGN_CORNERS": _half_pixel,
}


@lru_cache(maxsize=32)
def _blend(points: _Points, size: int, target: int) -> F32:
    """Return the matrix [target, size] that interpolates linearly between neighbours."""
    where = np.clip(points(size, target), 0, size - 1)
    low = np.floor(where).astype(np.intp)
    share = where - low
    matrix = np.zeros((target, size))
    rows = np.arange(target)
    matrix[rows, low] = 1 - share
    matrix[rows, np.minimum(low + 1, size - 1)] += share
    return matrix.astype(np.float32)


def _bilinear(x: Array, height: int, width: int, points: _Points) -> Array:
    tall = np.matmul(_blend(points, x.shape[-2], height), x)
    return np.matmul(tall, _blend(points, x.shape[-1], width).T)


def _nearest(x: Array, height: int, width: int) -> Array:
    rows = np.arange(height) * x.shape[-2] // height
    columns = np.arange(width) * x.shape[-1] // width
    return np.take(np.take(x, rows, axis=-2), columns, axis=-1)


def _targets(node: Node, x: Array) -> tuple[int, int]:
    """Return height and width after scaling by the op's factors."""
    factors = (float(node.constants.get(f"scale_factor_{axis}", 1)) for axis in ("height", "width"))
    # A factor is a float of single precision: 7/3 must not become 6.99… of 7.
    height, width = (
        int(np.floor(size * factor + 1e-4))
        for size, factor in zip(x.shape[-2:], factors, strict=True)
    )
    return height, width


def _fixed(node: Node) -> tuple[int, int]:
    """Return the height and width that the op names."""
    (height,) = node.numbers("target_size_height", (1,))
    (width,) = node.numbers("target_size_width", (1,))
    return height, width


def _upsample_bilinear(node: Node) -> Kernel:
    is_aligned = node.flag("align_corners", default=True)
    is_half_pixel = node.flag("half_pixel_centers", default=not is_aligned)
    points = _aligned if is_aligned else _half_pixel if is_half_pixel else _plain
    return lambda x: _bilinear(x, *_targets(node, x), points)


def _resize_bilinear(node: Node) -> Kernel:
    points = _points(node)
    height, width = _fixed(node)
    return lambda x: _bilinear(x, height, width, points)


def _points(node: Node) -> _Points:
    mode = node.word("sampling_mode", "DEFAULT")
    if mode not in _SAMPLING:
        raise BadPackage(f"resizes by the rule {mode[:40]!r}, which is not known.")
    return _SAMPLING[mode]


def _upsample_nearest(node: Node) -> Kernel:
    return lambda x: _nearest(x, *_targets(node, x))


def _resize_nearest(node: Node) -> Kernel:
    height, width = _fixed(node)
    return lambda x: _nearest(x, height, width)


def _crop(x: Array, crop_height: Array, crop_width: Array) -> Array:
    """Cut off rows at both ends, and columns."""
    (top, bottom), (left, right) = crop_height.tolist(), crop_width.tolist()
    return x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]


OPS: Mapping[str, Op] = {
    "crop": plain(_crop, is_exact=True),
    "resize_bilinear": Op(_resize_bilinear),
    "resize_nearest_neighbor": Op(_resize_nearest, is_exact=True),
    "upsample_bilinear": Op(_upsample_bilinear),
    "upsample_nearest_neighbor": Op(_upsample_nearest, is_exact=True),
}
