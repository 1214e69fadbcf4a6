"""Where the windows of convolutions and poolings lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

from labtui.mil.arrays import Array, Index
from labtui.mil.errors import BadPackage
from labtui.mil.ops.node import Node

Sizes = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over the spatial axes, which are all but the first two."""

    kernel: Sizes
    strides: Sizes
    dilations: Sizes
    pad_type: str
    pad: Sizes
    """Before and after, axis by axis; counts with the pad type `custom`."""
    is_ceil: bool = False
    """Whether a last window that is partly outside counts."""

    @property
    def span(self) -> Sizes:
        """Extent of one window on each axis."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilations, strict=True))

    def pads(self, sizes: Sizes) -> Pads:
        """Return the padding before and after each axis. Raises BadPackage."""
        if self.pad_type == "valid":
            return ((0, 0),) * len(self.kernel)
        if self.pad_type == "custom":
            return tuple(zip(self.pad[::2], self.pad[1::2], strict=True))
        if self.pad_type not in ("same", "same_lower"):
            raise BadPackage(f"pads by the rule {self.pad_type[:30]!r}, which is not known.")
        return tuple(
            _same(size, span, stride, is_lower=self.pad_type == "same_lower")
            for size, span, stride in zip(sizes, self.span, self.strides, strict=True)
        )

    def counts(self, sizes: Sizes, pads: Pads) -> Sizes:
        """Return the number of windows on each axis."""
        return tuple(
            self._count(size, pad, span, stride)
            for size, pad, span, stride in zip(sizes, pads, self.span, self.strides, strict=True)
        )

    def _count(self, size: int, pad: tuple[int, int], span: int, stride: int) -> int:
        room = size + sum(pad) - span
        if not self.is_ceil:
            return room // stride + 1
        count = -(-room // stride) + 1
        is_last_outside = (count - 1) * stride >= size + pad[0]
        return count - 1 if is_last_outside else count

    def padded(self, x: Array, pads: Pads, counts: Sizes, value: float) -> Array:
        """Return `x` with what the windows need around it; `x` itself where that is nothing."""
        spatial = x.shape[2:]
        needs = [
            max(0, (count - 1) * stride + span - size - before)
            for count, stride, span, size, (before, _) in zip(
                counts, self.strides, self.span, spatial, pads, strict=True
            )
        ]
        around = [(before, need) for (before, _), need in zip(pads, needs, strict=True)]
        if not any(map(any, around)):
            return x
        whole = [size + sum(pad) for size, pad in zip(spatial, around, strict=True)]
        result = np.full((*x.shape[:2], *whole), value, x.dtype)
        cuts = (slice(before, before + n) for (before, _), n in zip(around, spatial, strict=True))
        inner: Index = (..., *cuts)
        result[inner] = x
        return result

    def columns(self, padded: Array, counts: Sizes) -> Array:
        """Return a view of the shape [batch, channels, *kernel, *counts]."""
        steps = padded.strides[2:]
        return as_strided(
            padded,
            (*padded.shape[:2], *self.kernel, *counts),
            (
                *padded.strides[:2],
                *(step * d for step, d in zip(steps, self.dilations, strict=True)),
                *(step * s for step, s in zip(steps, self.strides, strict=True)),
            ),
            writeable=False,
        )

    def taps(self, counts: Sizes) -> Iterator[tuple[Sizes, Index]]:
        """Yield each place of the kernel and which padded elements it meets in all windows."""
        for place in product(*map(range, self.kernel)):
            starts = [k * d for k, d in zip(place, self.dilations, strict=True)]
            cuts = (
                slice(start, start + (count - 1) * stride + 1, stride)
                for start, count, stride in zip(starts, counts, self.strides, strict=True)
            )
            yield place, (..., *cuts)


def windows(node: Node, kernel: Sizes) -> Windows:
    """Read how an op places windows of the size `kernel`. Raises BadPackage."""
    rank = len(kernel)
    found = Windows(
        kernel=kernel,
        strides=node.numbers("strides", (1,) * rank),
        dilations=node.numbers("dilations", (1,) * rank),
        pad_type=node.word("pad_type", "valid"),
        pad=node.numbers("pad", (0,) * 2 * rank),
        is_ceil=node.flag("ceil_mode"),
    )
    lengths = (len(found.strides), len(found.dilations), len(found.pad) // 2)
    smallest = min(*kernel, *found.strides, *found.dilations, *(p + 1 for p in found.pad))
    if set(lengths) != {rank} or smallest < 1:
        raise BadPackage(f"has the op {node.type} with windows that cannot be: it is damaged.")
    return found


def _same(size: int, span: int, stride: int, *, is_lower: bool) -> tuple[int, int]:
    total = max(0, (-(-size // stride) - 1) * stride + span - size)
    smaller, larger = total // 2, total - total // 2
    return (larger, smaller) if is_lower else (smaller, larger)
