"""Variants on this computer, stored under their digest."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from labtui.core.model import Digest
from labtui.errors import DeviceFull, PushFailed

MAX_BYTES = 4 << 30
"""Above this the variants put here first leave the shelf."""
SPARE_BYTES = 64 << 20
_CHUNK_BYTES = 4 << 20

OnBytes = Callable[[int], None]


class Shelf:
    """A folder of variants. Blocking: use it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: Digest) -> Path:
        """Return where the variant lies, if it is there."""
        return self._folder / digest

    def put(self, local: Path, digest: Digest, on_bytes: OnBytes) -> bool:
        """Store a file, checked; False when it was there. Raises DeviceFull or PushFailed.

        `on_bytes` is called with the number of bytes done.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._holds(digest):
                return False
            self._make_room(local.stat().st_size, digest)
            self._store(local, digest, on_bytes)
        except OSError as error:
            raise _translated(error, local) from error
        return True

    def _holds(self, digest: Digest) -> bool:
        """Check the content too: a hard link changes with the file it was made from."""
        path = self.path(digest)
        if not path.exists():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest

    def _store(self, local: Path, digest: Digest, on_bytes: OnBytes) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as folder:
            new = Path(folder) / digest
            try:
                new.hardlink_to(local.resolve(strict=True))
            except OSError:  # another file system, or one without links
                shutil.copyfile(local, new)
            if _digest(new, on_bytes) != digest:
                raise PushFailed(f"{local.name} has changed since it was inspected: try again.")
            new.replace(self.path(digest))

    def _make_room(self, size_bytes: int, keep: Digest) -> None:
        files = sorted(self._folder.glob("[0-9a-f]*"), key=lambda path: path.stat().st_ctime_ns)
        total_bytes = size_bytes + sum(path.stat().st_size for path in files)
        for path in files:
            if total_bytes <= MAX_BYTES:
                break
            if path.name != keep:
                total_bytes -= path.stat().st_size
                path.unlink()
        free_bytes = shutil.disk_usage(self._folder).free
        if size_bytes + SPARE_BYTES > free_bytes:
            raise DeviceFull(
                f"This computer has {free_bytes >> 20} MiB free under {self._folder}, "
                f"the variant needs {size_bytes >> 20} MiB: free some space."
            )


def _digest(path: Path, on_bytes: OnBytes) -> str:
    digest, done_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done_bytes += len(chunk)
            on_bytes(done_bytes)
    return digest.hexdigest()


def _translated(error: OSError, local: Path) -> DeviceFull | PushFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DeviceFull("The disk of this computer is full: free some space.")
    return PushFailed(f"{local.name} cannot be stored: {os.strerror(error.errno or errno.EIO)}.")
