"""The digest of a variant on this computer: a file, or a folder of files."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from labtui.core.digests import folder_digest
from labtui.core.model import Digest

PACKAGE_SUFFIX = ".mlpackage"
_CHUNK_BYTES = 4 << 20

OnBytes = Callable[[int], None]
"""Called with the number of bytes read so far."""


def is_package(variant: Path) -> bool:
    """Tell a Core ML package, which is a folder, from a TFLite file."""
    return variant.suffix == PACKAGE_SUFFIX


def content_digest(path: Path, on_bytes: OnBytes = lambda _: None) -> Digest:
    """Return the digest of runners/PROTOCOL.md, "Variants that are folders". Raises OSError."""
    count = _Count(on_bytes)
    if not path.is_dir():
        return count.digest(path)
    return folder_digest(
        {file.relative_to(path).as_posix(): count.digest(file) for file in content_files(path)}
    )


def content_files(folder: Path) -> Iterator[Path]:
    """Yield all files of a folder."""
    return (file for file in folder.rglob("*") if file.is_file())


def content_bytes(path: Path) -> int:
    """Return the size of a file, or of all files of a folder. Raises OSError."""
    files = content_files(path) if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files)


class _Count:
    """Bytes read over several files."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._done_bytes = 0

    def digest(self, path: Path) -> Digest:
        total = sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                total.update(chunk)
                self._done_bytes += len(chunk)
                self._on_bytes(self._done_bytes)
        return Digest(total.hexdigest())
