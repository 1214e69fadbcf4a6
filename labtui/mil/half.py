"""Rounding to half precision, in place and without leaving single precision."""

import numpy as np

from labtui.mil.arrays import F32

_CHUNK = 1 << 15
"""Elements at a time: three arrays of this length stay in the second-level cache."""
_EXPONENT = np.uint32(0x7F800000)
_SMALLEST_NORMAL = np.uint32((127 - 14) << 23)
_LARGEST = np.uint32((127 + 15) << 23)
_TO_MAGIC = np.uint32((13 << 23) | (1 << 22))


def round_to_half(values: F32) -> None:
    """Round a C-contiguous array to the nearest half floats, ties to even.

    With e the exponent of x, but at least that of the smallest normal half float, the ulp of
    M = 1.5 * 2^(e+13) is 2^(e-10), which is that of a half float at x; so (x + M) - M is x rounded
    by the processor itself: ten times as fast as numpy's conversions. Negative zeros lose their
    sign.
    """
    flat = values.reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        _round_chunk(flat[start : start + _CHUNK])


def _round_chunk(chunk: F32) -> None:
    bits = chunk.view(np.uint32) & _EXPONENT
    if bits.max() >= _LARGEST:  # may overflow, or is not finite: rare, so numpy's own conversion
        chunk[:] = chunk.astype(np.float16)
        return
    np.maximum(bits, _SMALLEST_NORMAL, out=bits)
    bits += _TO_MAGIC
    magic = bits.view(np.float32)
    chunk += magic
    chunk -= magic
