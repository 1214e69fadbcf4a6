"""Two-dimensional convolutions in which each channel is on its own."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from labtui.mil.arrays import F32, Array
from labtui.mil.ops.windows import Pads, Windows

_CACHE_ELEMENTS = 1 << 15
"""Of one buffer of a block of channels: all of them together fit the second-level cache."""


class DepthwiseKernel:
    """Sums shifted copies of the padded image, block of channels by block of channels.

    A padded image is cut into stride x stride *phases* (every stride-th row and column) and each
    phase laid out flat. What one tap of the kernel meets in all windows is then one contiguous
    piece of one phase, so that numpy's inner loops run over whole images instead of rows; columns
    that lie between two rows are computed too and thrown away.
    """

    def __init__(self, weight: Array, bias: Array | None, windows: Windows) -> None:
        """Take weights of the shape [channels, 1, height, width]."""
        self._weight = np.ascontiguousarray(weight.reshape(weight.shape[0], -1))
        self._bias = np.zeros(weight.shape[0], np.float32) if bias is None else bias
        self._windows = windows
        self._layout: _Layout | None = None

    def __call__(self, x: Array) -> Array:
        """Return the convolution of [batch, channels, height, width]."""
        if x.shape[1] != len(self._weight):
            raise ValueError(f"{x.shape[1]} channels instead of {len(self._weight)}")
        if self._layout is None or self._layout.sizes != x.shape[2:]:
            self._layout = _Layout(self._windows, x.shape[2:])
        layout = self._layout
        result = np.empty((*x.shape[:2], *layout.counts), np.float32)
        for image, target in zip(x, result, strict=True):
            for start in range(0, len(image), layout.block):
                part = slice(start, start + layout.block)
                sums = layout.summed(image[part], self._weight[part], self._bias[part])
                target[part] = sums
        return result


@dataclass(frozen=True, slots=True)
class _Tap:
    """Where one tap begins: in which phase, and how far into it."""

    number: int
    phase: tuple[int, int]
    start: int


class _Layout:
    """Buffers and places for images of one size."""

    def __init__(self, windows: Windows, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self._windows = windows
        self._pads: Pads = windows.pads(sizes)
        self.counts = windows.counts(sizes, self._pads)
        if min(self.counts) < 1:
            raise ValueError("windows larger than the image")
        height, width = (
            -(-max(size + before, (count - 1) * stride + span) // stride)
            for size, (before, _), count, stride, span in zip(
                sizes, self._pads, self.counts, windows.strides, windows.span, strict=True
            )
        )
        self._height, self._width = height, width
        self.block = max(1, _CACHE_ELEMENTS // (height * width))
        self._length = (self.counts[0] - 1) * width + self.counts[1]
        self._taps = tuple(map(self._tap, range(windows.kernel[0] * windows.kernel[1])))
        phases = product(range(windows.strides[0]), range(windows.strides[1]))
        self._phases: dict[tuple[int, int], F32] = {
            phase: np.zeros((self.block, height, width), np.float32) for phase in phases
        }
        self._sums = np.empty((self.block, self.counts[0] * width), np.float32)
        self._product = np.empty((self.block, self._length), np.float32)

    def _tap(self, number: int) -> _Tap:
        down, right = (
            place * dilation
            for place, dilation in zip(
                divmod(number, self._windows.kernel[1]), self._windows.dilations, strict=True
            )
        )
        rows, columns = self._windows.strides
        start = down // rows * self._width + right // columns
        return _Tap(number, (down % rows, right % columns), start)

    def summed(self, image: Array, weight: Array, bias: Array) -> Array:
        """Return the convolution of a block of channels; a view that the next call overwrites."""
        count = len(image)
        self._fill(image)
        sums, product_ = self._sums[:count, : self._length], self._product[:count]
        sums[:] = bias[:, None]
        for tap in self._taps:
            phase = self._phases[tap.phase].reshape(self.block, -1)
            piece = phase[:count, tap.start : tap.start + self._length]
            np.multiply(piece, weight[:, tap.number, None], out=product_)
            np.add(sums, product_, out=sums)
        return self._sums[:count].reshape(count, -1, self._width)[:, :, : self.counts[1]]

    def _fill(self, image: Array) -> None:
        """Copy the image into the phases; what lies around it stays zero."""
        steps = self._windows.strides
        for (row, column), phase in self._phases.items():
            down = _Start(row, self._pads[0][0], steps[0])
            right = _Start(column, self._pads[1][0], steps[1])
            source = image[:, down.source :: steps[0], right.source :: steps[1]]
            phase[
                : len(image),
                down.target : down.target + source.shape[1],
                right.target : right.target + source.shape[2],
            ] = source


class _Start:
    """Where an axis of a phase begins in the image, and where that comes to lie."""

    __slots__ = ("source", "target")

    def __init__(self, phase: int, pad: int, step: int) -> None:
        self.source = (phase - pad) % step
        self.target = (self.source + pad) // step
