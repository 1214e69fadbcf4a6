"""A phone's files: a real folder for what is written, computed files for /proc and /sys.

Every path is resolved inside the phone's own folder; neither `..` nor a symbolic link leads out.
"""

import errno
import io
import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labtui.virtual.storage import Storage

WRITABLE = ("/data/local/tmp", "/storage/emulated/0")
_ALIASES = {"/sdcard": "/storage/emulated/0", "/storage/self/primary": "/storage/emulated/0"}
_READ_ONLY_ROOTS = ("/system", "/vendor", "/product", "/proc", "/sys")
_NULL_DEVICE = "/dev/null"
SHELL_UID = 2000

VirtualFiles = Mapping[str, Callable[[], bytes]]
"""Absolute path -> content at this moment; may raise PermissionError."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """What `stat` knows of a file."""

    mode: int
    size: int
    mtime_s: int
    device: int = 0
    inode: int = 0
    links: int = 1
    uid: int = 0
    gid: int = 0
    blocks: int = 0

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


class WritableFile:
    """A file being written, as far as the storage has room."""

    def __init__(self, descriptor: int, storage: Storage) -> None:
        self._descriptor = descriptor
        self._storage = storage

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes. Raises OSError (ENOSPC) when the storage is full."""
        self._storage.claim(len(data))
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """Close the file; harmless when closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class PhoneFiles:
    """The file system of one phone."""

    def __init__(self, root: Path, storage: Storage, virtual: VirtualFiles) -> None:
        self._root = root.resolve()
        self.storage = storage
        self._virtual = virtual
        self._virtual_dirs = _folders_of(virtual)
        for folder in (*WRITABLE, "/storage/emulated/0/Download"):
            self._inside(folder).mkdir(parents=True, exist_ok=True)

    def normalize(self, path: str, cwd: str = "/") -> str:
        """Return the absolute path meant by `path`, without `.`, `..` and aliases."""
        absolute = "/" + posixpath.normpath(posixpath.join("/", cwd, path)).lstrip("/")
        for alias, target in _ALIASES.items():
            if absolute == alias or absolute.startswith(alias + "/"):
                return target + absolute[len(alias) :]
        return absolute

    def host_path(self, path: str) -> Path:
        """Return where a path really lies. Raises PermissionError for a link that leads out."""
        if "\0" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        found = self._inside(self.normalize(path))
        if not found.resolve().is_relative_to(self._root):
            raise _denied(path)
        return found

    def stat(self, path: str) -> FileStat:
        """Describe a file. Raises OSError as the system would."""
        name = self.normalize(path)
        if name == _NULL_DEVICE:
            return FileStat(stat.S_IFCHR | 0o666, 0, 0)
        if name in self._virtual:
            return FileStat(stat.S_IFREG | _virtual_mode(name), 4096, 0)
        if name in self._virtual_dirs and not self._inside(name).is_dir():
            return FileStat(stat.S_IFDIR | 0o755, 0, 0, links=2)
        return _as_phone(os.lstat(self.host_path(name)))

    def exists(self, path: str) -> bool:
        """Return whether there is such a file or folder."""
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder, sorted. Raises OSError."""
        name = self.normalize(path)
        names = set(self._virtual_dirs.get(name, ()))
        real = self.host_path(name)
        if real.is_dir() or not names:
            names.update(os.listdir(real))  # noqa: PTH208 (names only, and its errors)
        return sorted(names)

    def open_read(self, path: str) -> BinaryIO:
        """Open a file for reading. Raises OSError."""
        name = self.normalize(path)
        if name == _NULL_DEVICE:
            return io.BytesIO()
        if name in self._virtual:
            return io.BytesIO(self._virtual[name]())
        if name in self._virtual_dirs:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return self.host_path(name).open("rb")

    def open_write(self, path: str, append: bool = False) -> WritableFile:
        """Create or replace a file, or append to it. Raises OSError."""
        where = self._writable(path)
        if not append and where.is_file():
            self.storage.release(where.stat().st_size)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if append else os.O_TRUNC)
        self.storage.claim(0)
        return WritableFile(os.open(where, flags, 0o644), self.storage)

    def mkdir(self, path: str) -> None:
        """Create a folder. Raises OSError."""
        self._writable(path).mkdir()

    def make_folders(self, path: str) -> None:
        """Create a folder and those it lies in, unless it is there. Raises OSError."""
        if not self.exists(path):
            self._writable(path).mkdir(parents=True)
        elif not self.stat(path).is_dir:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def remove(self, path: str) -> None:
        """Delete a file. Raises OSError."""
        where = self._writable(path)
        size = where.lstat().st_size
        where.unlink()
        self.storage.release(size)

    def rmdir(self, path: str) -> None:
        """Delete an empty folder. Raises OSError."""
        if self.normalize(path) in WRITABLE:
            raise _denied(path)
        self._writable(path).rmdir()

    def rename(self, source: str, target: str) -> None:
        """Move a file or folder, replacing a file. Raises OSError."""
        self._writable(source).replace(self._writable(target))

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits; the owner can always read and write. Raises OSError."""
        self._writable(path).chmod(mode | 0o600)

    def set_mtime(self, path: str, mtime_s: int) -> None:
        """Set when a file was changed last. Raises OSError."""
        os.utime(self._writable(path), (mtime_s, mtime_s))

    def _inside(self, name: str) -> Path:
        return self._root / name.lstrip("/")

    def _writable(self, path: str) -> Path:
        name = self.normalize(path)
        if not any(name == folder or name.startswith(folder + "/") for folder in WRITABLE):
            if name.startswith(_READ_ONLY_ROOTS):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            raise _denied(path)
        return self.host_path(name)


def _folders_of(virtual: VirtualFiles) -> dict[str, set[str]]:
    folders: dict[str, set[str]] = {}
    for path in (*virtual, _NULL_DEVICE):
        child = path
        while child != "/":
            parent = posixpath.dirname(child)
            folders.setdefault(parent, set()).add(posixpath.basename(child))
            child = parent
    return folders


def _virtual_mode(name: str) -> int:
    return 0o755 if name.startswith("/system/bin/") else 0o444


def _as_phone(found: os.stat_result) -> FileStat:
    """Describe a host file as the phone's shell user owns it."""
    return FileStat(
        mode=found.st_mode,
        size=found.st_size,
        mtime_s=int(found.st_mtime),
        device=found.st_dev,
        inode=found.st_ino,
        links=found.st_nlink,
        uid=SHELL_UID,
        gid=SHELL_UID,
        blocks=found.st_blocks,
    )


def _denied(path: str) -> PermissionError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
