"""Files and packages: how large they are and by what they are known."""

import shutil
from hashlib import file_digest
from pathlib import Path

from labtui.core.digests import folder_digest
from labtui.core.model import Digest


def content_digest(variant: Path) -> Digest:
    """Return a file's digest, or a package's: names and contents without its manifest."""
    if variant.is_file():
        return _file_digest(variant)
    files = [path for path in variant.rglob("*") if path.is_file()]
    return folder_digest({p.relative_to(variant).as_posix(): _file_digest(p) for p in files})


def size_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(each.stat().st_size for each in files if each.is_file())


def remove(path: Path) -> None:
    """Delete a file or a package that may be there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _file_digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(file_digest(file, "sha256").hexdigest())


def fingerprint(path: Path) -> dict[str, str | int]:
    """Return the size and the digest by which a manifest knows a file."""
    return {"bytes": path.stat().st_size, "sha256": _file_digest(path)}
