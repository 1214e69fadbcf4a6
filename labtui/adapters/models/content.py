"""A variant on the disk: one file, or a folder of files."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labtui.core.model import Digest, VariantFormat
from labtui.core.text import clean
from labtui.errors import BadVariant
from labtui.hostrunner.content import content_digest

MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class Content:
    """What a variant is made of."""

    path: Path
    format: VariantFormat
    size_bytes: int

    def digest(self) -> Digest:
        """Return the content's digest; reads all of it."""
        return content_digest(self.path)


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
    return Content(path, VariantFormat.TFLITE, status.st_size)


def _package(path: Path, status: os.stat_result) -> Content:
    if not stat.S_ISDIR(status.st_mode):
        raise BadVariant("is no folder: an .mlpackage is one, copy all of it.")
    size_bytes = sum(file.stat().st_size for file in _files(path))
    return Content(path, VariantFormat.MLPACKAGE, size_bytes)


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
