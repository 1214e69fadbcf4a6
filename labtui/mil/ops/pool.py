"""Poolings."""

from collections.abc import Mapping

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.ops.node import Kernel, Node, Op
from labtui.mil.ops.windows import Pads, Sizes, Windows, windows


def _max_pool(node: Node) -> Kernel:
    places = windows(node, node.numbers("kernel_sizes", ()))

    def kernel(x: Array) -> Array:
        pads = places.pads(x.shape[2:])
        counts = places.counts(x.shape[2:], pads)
        padded = places.padded(x, pads, counts, -np.inf)
        result = np.full((*x.shape[:2], *counts), -np.inf, np.float32)
        for _, where in places.taps(counts):
            np.maximum(result, padded[where], out=result)
        return result

    return kernel


def _avg_pool(node: Node) -> Kernel:
    places = windows(node, node.numbers("kernel_sizes", ()))
    leaves_out_padding = node.flag("exclude_padding_from_average")

    def kernel(x: Array) -> Array:
        pads = places.pads(x.shape[2:])
        counts = places.counts(x.shape[2:], pads)
        total = _sums(places, places.padded(x, pads, counts, 0), counts)
        total /= _divisors(places, x.shape[2:], pads, counts, leaves_out_padding)
        return total

    return kernel


def _sums(places: Windows, padded: Array, counts: Sizes) -> Array:
    total = np.zeros((*padded.shape[:2], *counts), np.float32)
    for _, where in places.taps(counts):
        total += padded[where]
    return total


def _divisors(
    places: Windows, sizes: Sizes, pads: Pads, counts: Sizes, leaves_out_padding: bool
) -> Array:
    """Return how many elements each window has."""
    ones = np.ones((1, 1, *sizes), np.float32)
    if not leaves_out_padding:
        ones = np.pad(ones, [(0, 0), (0, 0), *pads], constant_values=1)
        pads = ((0, 0),) * len(sizes)
    return _sums(places, places.padded(ones, pads, counts, 0), counts)


def _l2_pool(node: Node) -> Kernel:
    places = windows(node, node.numbers("kernel_sizes", ()))

    def kernel(x: Array) -> Array:
        pads = places.pads(x.shape[2:])
        counts = places.counts(x.shape[2:], pads)
        return np.sqrt(_sums(places, places.padded(np.square(x), pads, counts, 0), counts))

    return kernel


OPS: Mapping[str, Op] = {
    "avg_pool": Op(_avg_pool),
    "l2_pool": Op(_l2_pool),
    "max_pool": Op(_max_pool, is_exact=True),
}
