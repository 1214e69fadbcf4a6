"""`.npy` files an item at a time: neither inputs nor outputs are ever held in memory."""

from hashlib import file_digest, sha256
from math import prod
from pathlib import Path
from tokenize import TokenError
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.lib import format as npy_format

from labtui.core.model import Digest
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, RunnerFailure
from labtui.hostrunner.storage import failure_of, write_whole

ELEMENT_TYPES = frozenset({"uint8", "int8", "float32"})
_HEADERS = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}


_BAD_HEADER = (
    KeyError, TypeError, ValueError, SyntaxError, TokenError, RecursionError, MemoryError,
)  # fmt: skip
"""What numpy raises for headers that are none."""


class BadNpy(ValueError):
    """A file that is no array of a kind that eval sets may hold."""


class NpyItems:
    """The items of an array, read in order."""

    def __init__(self, path: Path, digest: Digest) -> None:
        """Open the file. Raises OSError, or BadNpy when it holds something else than asked for."""
        self._file: BinaryIO = path.open("rb")
        try:
            found = file_digest(self._file, "sha256").hexdigest()
            if found != digest:
                raise BadNpy(f"it has the digest {found}, not {digest}: push it again")  # noqa: TRY301 (closes the file)
            self._read_header()
        except BaseException:
            self._file.close()
            raise

    def _read_header(self) -> None:
        size_bytes = self._file.tell()
        self._file.seek(0)
        shape, is_fortran, self.dtype = read_header(self._file)
        if not shape or min(shape) < 0 or is_fortran or self.dtype.name not in ELEMENT_TYPES:
            raise BadNpy(f"it is no list of items in C order of {', '.join(sorted(ELEMENT_TYPES))}")
        if not self.dtype.isnative:
            raise BadNpy("it is not little-endian")
        self.count, self.item_shape = shape[0], shape[1:]
        self._item_bytes = prod(self.item_shape) * self.dtype.itemsize
        if size_bytes - self._file.tell() < self.count * self._item_bytes:
            raise BadNpy("it is shorter than its header says")

    def next(self) -> Array:
        """Return the next item. Raises OSError; call it at most `count` times."""
        data = self._file.read(self._item_bytes)
        return np.frombuffer(data, self.dtype).reshape(self.item_shape)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, "np.dtype[np.generic]"]:
    """Return shape, whether it is in Fortran order, and element type. Raises BadNpy, OSError."""
    try:
        read = _HEADERS[npy_format.read_magic(file)]
        return read(file)
    except _BAD_HEADER as error:
        raise BadNpy("it is no .npy file of version 1 or 2") from error


class NpyWriter:
    """Writes an array item by item; the file vanishes again unless it was finished."""

    def __init__(self, path: Path, items: int, sample: Array) -> None:
        """Replace the file; its items look like `sample`. Raises RunnerFailure."""
        self.path = path
        self._shape, self._dtype = sample.shape, sample.dtype
        self._digest = sha256()
        self._is_finished = False
        try:
            self._file = path.open("wb", buffering=0)
        except (OSError, ValueError) as error:
            raise RunnerFailure(
                FailureCode.BAD_EVAL, f"its outputs cannot be written: {error}"
            ) from error
        self._write_header(items)

    def _write_header(self, items: int) -> None:
        described = {
            "descr": npy_format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (items, *self._shape),
        }
        npy_format.write_array_header_1_0(self, described)

    def append(self, item: Array) -> None:
        """Add an item. Raises RunnerFailure when it is of another shape, or has no room."""
        if item.shape != self._shape:
            raise RunnerFailure(
                FailureCode.BAD_EVAL, f"an output changes its shape to {item.shape}"
            )
        self.write(item.tobytes())

    def write(self, data: bytes) -> None:
        """Add bytes. Raises RunnerFailure when there is no room."""
        try:
            write_whole(self._file, data)
        except OSError as error:
            self.close()
            raise failure_of(error, FailureCode.BAD_EVAL, "the outputs of the eval set") from error
        self._digest.update(data)

    def finish(self) -> Digest:
        """Keep the file and return what it holds."""
        self._is_finished = True
        self.close()
        return Digest(self._digest.hexdigest())

    def close(self) -> None:
        """Close the file; one that is not finished goes."""
        self._file.close()
        if not self._is_finished:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()
