"""A folder of a phone as its host sees it through AFC: nothing leads out of it."""

import errno
import os
import posixpath
import shutil
from pathlib import Path
from typing import BinaryIO

from labtui.virtual.storage import Storage


class OpenFile:
    """A file at a position, growing as far as the storage has room."""

    def __init__(self, descriptor: int, storage: Storage) -> None:
        self._descriptor = descriptor
        self._storage = storage

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes. Raises OSError."""
        return os.read(self._descriptor, count)

    def write(self, data: bytes) -> None:
        """Write at the position. Raises OSError (ENOSPC) when the storage is full."""
        self._claim(self.tell() + len(data))
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def seek(self, offset: int, whence: int) -> None:
        """Move the position. Raises OSError."""
        os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def truncate(self, size: int) -> None:
        """Make the file `size` bytes long. Raises OSError."""
        self._claim(size)
        os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _claim(self, size: int) -> None:
        self._storage.claim(max(0, size - os.fstat(self._descriptor).st_size))


class SandboxFolder:
    """A folder that a service may show, or a part of it."""

    def __init__(self, root: Path, storage: Storage, visible: str = "/") -> None:
        """Show what lies under `visible`; everything else is denied."""
        self._root = root.resolve()
        self.storage = storage
        self._visible = visible

    def normalize(self, path: str, cwd: str = "/") -> str:
        """Return the absolute path meant by `path`, without `.` and `..`."""
        return "/" + posixpath.normpath(posixpath.join("/", cwd, path)).lstrip("/")

    def host_path(self, path: str) -> Path:
        """Return where a path really lies. Raises PermissionError for one that leads out."""
        if "\0" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        name = self.normalize(path)
        found = self._root / name.lstrip("/")
        shown = self._visible == "/" or f"{name}/".startswith(f"{self._visible}/")
        if not (shown and found.resolve().is_relative_to(self._root)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return found

    def stat(self, path: str) -> os.stat_result:
        """Describe a file. Raises OSError."""
        return self.host_path(path).lstat()

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder, sorted. Raises OSError."""
        return sorted(os.listdir(self.host_path(path)))  # noqa: PTH208 (names only)

    def open(self, path: str, flags: int) -> OpenFile:
        """Open a file; `flags` as the system has them. Raises OSError."""
        where = self.host_path(path)
        if where.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if flags & os.O_CREAT:
            self.storage.claim(0)
        if flags & os.O_TRUNC and where.is_file():
            self.storage.release(where.stat().st_size)
        return OpenFile(os.open(where, flags | os.O_NOFOLLOW, 0o644), self.storage)

    def open_read(self, path: str) -> BinaryIO:
        """Open a file for reading. Raises OSError."""
        return self.host_path(path).open("rb")

    def make_folders(self, path: str) -> None:
        """Create a folder and those it lies in, unless it is there. Raises OSError."""
        self.storage.claim(0)
        self.host_path(path).mkdir(parents=True, exist_ok=True)

    def remove(self, path: str) -> None:
        """Delete a file or an empty folder. Raises OSError."""
        where = self._removable(path)
        if where.is_dir():
            where.rmdir()
            return
        size = where.lstat().st_size
        where.unlink()
        self.storage.release(size)

    def remove_tree(self, path: str) -> None:
        """Delete a file, or a folder with all in it. Raises OSError."""
        where = self._removable(path)
        if where.is_dir():
            shutil.rmtree(where)
        else:
            self.remove(path)

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder, replacing a file. Raises OSError."""
        self._removable(source).rename(self._removable(target))

    def set_mtime(self, path: str, mtime_ns: int) -> None:
        """Set when a file was changed last. Raises OSError."""
        os.utime(self.host_path(path), ns=(mtime_ns, mtime_ns))

    def _removable(self, path: str) -> Path:
        if self.normalize(path) in {"/", self._visible}:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return self.host_path(path)
