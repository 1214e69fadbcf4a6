"""How much room a phone has: simulated size and use, plus what really lies in its folder."""

import errno
import os
from pathlib import Path


class Storage:
    """The data partition of one phone, in bytes."""

    def __init__(self, root: Path, size_bytes: int, system_bytes: int) -> None:
        self._root = root
        self.size_bytes = size_bytes
        self._system_bytes = system_bytes
        """What the phone's owner and apps occupy."""
        self._file_bytes = 0
        self.is_full = False
        """Fault: no byte more fits, whatever is deleted."""

    @property
    def used_bytes(self) -> int:
        """What is occupied, freshly counted."""
        if self.is_full:
            return self.size_bytes
        self._file_bytes = _tree_bytes(self._root)
        return min(self.size_bytes, self._system_bytes + self._file_bytes)

    @property
    def free_bytes(self) -> int:
        """What is free."""
        return self.size_bytes - self.used_bytes

    def claim(self, count: int) -> None:
        """Make room for `count` bytes more. Raises OSError (ENOSPC) when there is none."""
        seems_full = self._system_bytes + self._file_bytes + count > self.size_bytes
        # What is known may be too much (files deleted by programs): count before refusing.
        if self.is_full or (seems_full and self.free_bytes < max(count, 1)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._file_bytes += count

    def release(self, count: int) -> None:
        """Give back what a deleted file held."""
        self._file_bytes = max(0, self._file_bytes - count)


def _tree_bytes(root: Path) -> int:
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 (hot)
            except FileNotFoundError:
                continue  # deleted while counting
    return total
