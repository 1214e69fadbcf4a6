"""Writes an `.npy` file item by item, without knowing beforehand how many there will be."""

from hashlib import file_digest
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.lib import format as npy_format

from labtui.adapters.scoring.arrays import Array
from labtui.core.evalset import EvalFile
from labtui.core.model import Digest


class ItemWriter:
    """An array file whose first axis grows; call `finish` at the end, leave the context anyway."""

    def __init__(self, path: Path, item_shape: tuple[int, ...], dtype: "np.dtype[np.generic]"):
        self._path = path
        self._item_shape = item_shape
        self._dtype = dtype.newbyteorder("<")
        self.count = 0
        self._file = path.open("xb")
        self._write_header()

    def append(self, item: Array) -> None:
        """Add an item. Raises OSError; ValueError for one of another shape."""
        if item.shape != self._item_shape:
            raise ValueError(f"an item of shape {item.shape} among {self._item_shape}")
        self._file.write(np.asarray(item, self._dtype, "C").tobytes())
        self.count += 1

    def finish(self) -> EvalFile:
        """Complete the file and return what it holds."""
        self._file.seek(0)
        self._write_header()
        self._file.close()
        with self._path.open("rb") as file:
            digest = Digest(file_digest(file, "sha256").hexdigest())
        return EvalFile(self._path.stat().st_size, digest)

    def _write_header(self) -> None:
        """Write the header for the items so far; numpy leaves room for the first axis to grow."""
        described = {
            "descr": npy_format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.count, *self._item_shape),
        }
        npy_format.write_array_header_1_0(self._file, described)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._file.close()
