"""Ops that lay out elements anew, and resize images."""

from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813 (its usual name)

from scripts.mil_check.pairs import INDICES, A, B, Pair, Y, one


def _interleaved(x: Any, y: Any) -> Any:
    return np.stack([x, y], axis=2).reshape(2, 8, 4, 4)


def _depth_to_space(x: Any) -> Any:
    parts = x.reshape(2, 2, 2, 1, 4, 4)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(2, 1, 8, 8)


def _space_to_depth(x: Any) -> Any:
    parts = x.reshape(2, 4, 2, 2, 2, 2)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(2, 16, 2, 2)


def _pixel_unshuffle(x: Any) -> Any:
    parts = x.reshape(2, 4, 2, 2, 2, 2)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(2, 16, 2, 2)


def _sampled(x: Any, points: Any) -> Any:
    """Interpolate the last two axes linearly at the points."""
    points = np.clip(points, 0, 3)
    low = np.floor(points).astype(int)
    high, share = np.minimum(low + 1, 3), points - low
    rows = x[:, :, low] * (1 - share)[:, None] + x[:, :, high] * share[:, None]
    return rows[..., low] * (1 - share) + rows[..., high] * share


def _resized(mode: str, points: Any) -> Pair:
    return one(
        "resize_bilinear",
        lambda x: _sampled(x, points),
        target_size_height=6,
        target_size_width=6,
        sampling_mode=mode,
    )


STEPS = np.arange(6)
SHAPES: dict[str, Pair] = {
    "concat_interleaved": (
        lambda x, y: mb.concat(values=(x, y), axis=1, interleave=True),
        _interleaved,
    ),
    "concat_with_constant": (
        lambda x, y: mb.concat(values=(x, Y, y), axis=0),
        lambda x, y: np.concatenate([x, Y, y]),
    ),
    "depth_to_space": one("depth_to_space", _depth_to_space, block_size=2),
    "expand_dims": one("expand_dims", lambda x: x[:2, None], axes=[1]),
    "fill": (
        lambda x, _: mb.add(x=x, y=mb.fill(shape=mb.shape(x=x), value=B)),
        lambda x, _: x + B,
    ),
    "flatten2d": one("flatten2d", lambda x: x.reshape(8, 16), axis=2),
    "gather": one("gather", lambda x: x[:, :, INDICES], indices=INDICES, axis=2),
    "gather_along_axis": one(
        "gather_along_axis",
        lambda x: np.take_along_axis(x, np.broadcast_to(INDICES[:, None, None], (2, 3, 4, 4)), 1),
        indices=np.ascontiguousarray(np.broadcast_to(INDICES[:, None, None], (2, 3, 4, 4))),
        axis=1,
    ),
    "one_hot": (
        lambda x, _: mb.one_hot(
            indices=mb.reduce_argmax(x=x, axis=1), one_hot_vector_size=4, on_value=B, off_value=A
        ),
        lambda x, _: np.where(x.argmax(axis=1)[..., None] == np.arange(4), B, A),
    ),
    "pad_constant": one(
        "pad",
        lambda x: np.pad(x, [(0, 0), (0, 0), (1, 2), (0, 3)], constant_values=0.75),
        pad=[1, 2, 0, 3],
        mode="constant",
        constant_val=B,
    ),
    "pad_reflect": one(
        "pad",
        lambda x: np.pad(x, [(0, 0), (0, 0), (1, 2), (2, 1)], mode="reflect"),
        pad=[1, 2, 2, 1],
        mode="reflect",
    ),
    "pixel_unshuffle": one("pixel_unshuffle", _pixel_unshuffle, downscale_factor=np.uint32(2)),
    "range_1d": (
        lambda x, _: mb.add(
            x=x, y=mb.range_1d(start=np.float32(0), end=np.float32(2), step=np.float32(0.5))
        ),
        lambda x, _: x + np.arange(0, 2, 0.5, dtype=np.float32),
    ),
    "resize_align": _resized("STRICT_ALIGN_CORNERS", STEPS * 3 / 5),
    "resize_align_too": _resized("ALIGN_CORNERS", STEPS * 3 / 5),
    "resize_default": _resized("DEFAULT", STEPS * (4 - 4 / 6) / 5),
    "resize_nearest": one(
        "resize_nearest_neighbor",
        lambda x: x.repeat(2, axis=2).repeat(2, axis=3),
        target_size_height=8,
        target_size_width=8,
    ),
    "resize_offset": _resized("OFFSET_CORNERS", 0.5 * 3 / 6 + STEPS * 3 / 6),
    "resize_unalign": _resized("UNALIGN_CORNERS", STEPS * 4 / 6 + 0.5 * 4 / 6 - 0.5),
    "reverse": one("reverse", lambda x: x[:, ::-1, :, ::-1], axes=[1, 3]),
    "slice_by_index": one(
        "slice_by_index",
        lambda x: x[1, :3, ::-2, 1:],
        begin=[1, 0, 3, 1],
        end=[0, 3, 0, 0],
        stride=[1, 1, -2, 1],
        begin_mask=[False, True, False, False],
        end_mask=[False, False, True, True],
        squeeze_mask=[True, False, False, False],
    ),
    "slice_by_size": one(
        "slice_by_size", lambda x: x[:, 1:3, 2:], begin=[0, 1, 2, 0], size=[2, 2, -1, 4]
    ),
    "space_to_depth": one("space_to_depth", _space_to_depth, block_size=2),
    "stack": (lambda x, y: mb.stack(values=(x, y), axis=1), lambda x, y: np.stack([x, y], 1)),
    "tile": one("tile", lambda x: np.tile(x, (1, 2, 1, 3)), reps=[1, 2, 1, 3]),
    "upsample_nearest": one(
        "upsample_nearest_neighbor",
        lambda x: x.repeat(2, axis=2).repeat(3, axis=3),
        scale_factor_height=2,
        scale_factor_width=3,
    ),
}
