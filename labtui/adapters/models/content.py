"""A variant on the disk: one file, or a folder of files."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labtui.core.digests import folder_digest
from labtui.core.model import Digest, VariantFormat
from labtui.core.text import clean
from labtui.errors import BadVariant

MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class Content:
    """What a variant is made of."""

    path: Path
    format: VariantFormat
    size_bytes: int
    files: tuple[Path, ...]
    """Of a folder; empty for a single file."""

    def digest(self) -> Digest:
        """Return the content's digest; reads all of it."""
        if self.format is VariantFormat.TFLITE:
            return _file_digest(self.path)
        return folder_digest(
            {file.relative_to(self.path).as_posix(): _file_digest(file) for file in self.files}
        )


def find_content(path: Path) -> Content:
    """Return what lies at a path, by its name and kind, without reading it.

    Raises BadVariant, or OSError and ValueError for impossible paths.
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise BadVariant("does not exist: check the path.") from error
    if path.suffix == f".{VariantFormat.MLPACKAGE}":
        return _package(path, status)
    return _single(path, status)


def _single(path: Path, status: os.stat_result) -> Content:
    if stat.S_ISDIR(status.st_mode):
        raise BadVariant("is a folder: name the .tflite files and .mlpackage folders in it.")
    if not stat.S_ISREG(status.st_mode):
        raise BadVariant("is not a regular file: copy its content into one.")
    if path.suffix != f".{VariantFormat.TFLITE}":
        raise BadVariant("is not a model file by its name: it has to end in .tflite or .mlpackage.")
    if not status.st_size:
        raise BadVariant("is empty: copy or convert it again.")
    path.open("rb").close()
    return Content(path, VariantFormat.TFLITE, status.st_size, ())


def _package(path: Path, status: os.stat_result) -> Content:
    if not stat.S_ISDIR(status.st_mode):
        raise BadVariant("is no folder: an .mlpackage is one, copy all of it.")
    files = tuple(_files(path))
    size_bytes = sum(file.stat().st_size for file in files)
    return Content(path, VariantFormat.MLPACKAGE, size_bytes, files)


def _files(root: Path) -> Iterator[Path]:
    """Yield the files of a folder; refuses what leads out of it, and what is no file."""
    count = 0
    for folder, folders, names in os.walk(root, onerror=_fail):
        for name in (*folders, *names):
            file, mode = Path(folder) / name, (Path(folder) / name).lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise BadVariant(
                    f"holds something that is no plain file ({clean(name, 80)}): put a copy there."
                )
            count += 1
            if count > MAX_FILES:
                raise BadVariant(f"holds more than {MAX_FILES} files: it is no Core ML package.")
            yield file


def _fail(error: OSError) -> None:
    raise error


def _file_digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
