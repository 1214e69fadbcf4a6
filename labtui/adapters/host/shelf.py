"""Variants on this computer, stored under their digest."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from labtui.core.model import Digest
from labtui.errors import DeviceFull, PushFailed
from labtui.hostrunner.content import PACKAGE_SUFFIX, OnBytes, content_bytes, content_digest

MAX_BYTES = 4 << 30
"""Above this the variants put here first leave the shelf."""
SPARE_BYTES = 64 << 20


class Shelf:
    """A folder of variants, which are files or folders. Blocking: use it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: Digest) -> Path:
        """Return where the variant lies, if it is there."""
        package = self._folder / f"{digest}{PACKAGE_SUFFIX}"
        return package if package.is_dir() else self._folder / digest

    def put(self, local: Path, digest: Digest, on_bytes: OnBytes) -> bool:
        """Store a variant, checked; False when it was there. Raises DeviceFull or PushFailed.

        `on_bytes` is called with the number of bytes done.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._holds(digest):
                return False
            self._make_room(content_bytes(local), digest)
            self._store(local, digest, on_bytes)
        except OSError as error:
            raise _translated(error, local) from error
        return True

    def _holds(self, digest: Digest) -> bool:
        """Check the content too: a hard link changes with the file it was made from."""
        path = self.path(digest)
        return path.exists() and content_digest(path) == digest

    def _store(self, local: Path, digest: Digest, on_bytes: OnBytes) -> None:
        name = f"{digest}{PACKAGE_SUFFIX}" if local.is_dir() else digest
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as folder:
            new = Path(folder) / name
            if local.is_dir():
                shutil.copytree(local, new, copy_function=_link_or_copy)
            else:
                _link_or_copy(local, new)
            if content_digest(new, on_bytes) != digest:
                raise PushFailed(f"{local.name} has changed since it was inspected: try again.")
            _remove(self._folder / name)
            new.replace(self._folder / name)

    def _make_room(self, size_bytes: int, keep: Digest) -> None:
        stored = sorted(self._folder.glob("[0-9a-f]*"), key=lambda path: path.stat().st_ctime_ns)
        total_bytes = size_bytes + sum(map(content_bytes, stored))
        for path in stored:
            if total_bytes <= MAX_BYTES:
                break
            if path.stem != keep:
                total_bytes -= content_bytes(path)
                _remove(path)
        free_bytes = shutil.disk_usage(self._folder).free
        if size_bytes + SPARE_BYTES > free_bytes:
            raise DeviceFull(
                f"This computer has {free_bytes >> 20} MiB free under {self._folder}, "
                f"the variant needs {size_bytes >> 20} MiB: free some space."
            )


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    try:
        Path(target).hardlink_to(Path(source).resolve(strict=True))
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _translated(error: OSError, local: Path) -> DeviceFull | PushFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DeviceFull("The disk of this computer is full: free some space.")
    return PushFailed(f"{local.name} cannot be stored: {os.strerror(error.errno or errno.EIO)}.")
