"""The page of memory that a phone and its runner share: speed one way, work the other."""

import mmap
import struct
from pathlib import Path
from typing import Self

_FACTOR = struct.Struct("<d")
_BUSY = struct.Struct("<Q")
_BUSY_AT = 64
"""On a cache line of its own: each side writes one."""


class PaceFile:
    """Aligned 8-byte values, each with one writer: no lock needed.

    `factor`: how many times longer than on this host an inference shall take (phone -> runner).
    `busy_ns`: how long the simulated CPU has worked (runner -> phone).
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    @classmethod
    def create(cls, path: Path, factor: float) -> Self:
        """Make the file and open it."""
        path.write_bytes(bytes(mmap.PAGESIZE))
        page = cls(path)
        page.factor = factor
        return page

    @property
    def factor(self) -> float:
        """Inference time here / CPU time on the host."""
        value: float = _FACTOR.unpack_from(self._page, 0)[0]
        return value

    @factor.setter
    def factor(self, value: float) -> None:
        _FACTOR.pack_into(self._page, 0, value)

    @property
    def busy_ns(self) -> int:
        """Simulated CPU time spent so far."""
        value: int = _BUSY.unpack_from(self._page, _BUSY_AT)[0]
        return value

    @busy_ns.setter
    def busy_ns(self, value: int) -> None:
        _BUSY.pack_into(self._page, _BUSY_AT, value)

    def close(self) -> None:
        """Unmap the page."""
        self._page.close()
