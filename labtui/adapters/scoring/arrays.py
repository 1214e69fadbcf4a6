"""Headers of `.npy` files that somebody else wrote, checked before anything is read."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labtui.hostrunner.npy import BadNpy, read_header

Array = NDArray[Any]
_MAGIC = b"\x93NUMPY"
_PREAMBLE_BYTES = 12
"""Magic, version, and the header's length in 2 or 4 bytes."""
_MAX_HEADER_BYTES = 10_000
MAX_PREFIX_BYTES = _PREAMBLE_BYTES + _MAX_HEADER_BYTES
"""A header lies within these first bytes of its file."""


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What an array file says of itself."""

    shape: tuple[int, ...]
    dtype: "np.dtype[np.generic]"
    offset: int
    """Where the elements begin."""

    @property
    def size_bytes(self) -> int:
        """How long the whole file is."""
        return self.offset + prod(self.shape) * self.dtype.itemsize


def parse_header(data: bytes) -> NpyHeader | None:
    """Read the header at the start of `data`; None while there is too little of it.

    Raises BadNpy for anything but an array of numbers in C order.
    """
    if len(data) < _PREAMBLE_BYTES and _MAGIC.startswith(data[: len(_MAGIC)]):
        return None
    if not data.startswith(_MAGIC):
        raise BadNpy("it is no .npy file")
    offset = _header_end(data)
    if offset > MAX_PREFIX_BYTES:
        raise BadNpy(f"its header is longer than {_MAX_HEADER_BYTES} bytes")
    if len(data) < offset:
        return None
    if b"L" in data[:offset]:  # 40L: numpy would warn on stderr, which the screen owns
        raise BadNpy("its header was written by Python 2")
    return _checked(BytesIO(data[:offset]))


def _header_end(data: bytes) -> int:
    """Return where the header ends; version 1 has its length in 2 bytes, later ones in 4."""
    start = 10 if data[6] == 1 else 12
    return start + int.from_bytes(data[8:start], "little")


def _checked(file: BytesIO) -> NpyHeader:
    shape, is_fortran, dtype = read_header(file)
    if not shape or min(shape) < 0 or is_fortran or dtype.kind not in "fiu":
        raise BadNpy("it is no list of numbers in C order")
    return NpyHeader(shape, dtype, file.tell())


def file_header(path: Path) -> NpyHeader:
    """Return the header of a whole file. Raises OSError, or BadNpy, also for a cut file."""
    if not path.is_file():
        raise BadNpy("there is no such file")
    with path.open("rb") as file:
        header = parse_header(file.read(MAX_PREFIX_BYTES))
    if header is None or path.stat().st_size < header.size_bytes:
        raise BadNpy("it is shorter than its header says")
    return header


def read_array(path: Path, accepts: Callable[[NpyHeader], bool], expected: str) -> Array:
    """Map an array into memory without reading it.

    Raises OSError, or BadNpy when its header is not accepted; `expected` says what would be.
    """
    header = file_header(path)
    if not accepts(header):
        shape = "x".join(map(str, header.shape))
        raise BadNpy(f"it holds {header.dtype.name} {shape}, not {expected}")
    return np.memmap(path, header.dtype, "r", header.offset, header.shape)
