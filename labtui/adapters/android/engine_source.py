"""Engine libraries as users have them: one file, a folder, or an Android archive."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labtui.adapters.android.elf import ABIS, NotElf, abi_words, elf_abi, is_dsp_code
from labtui.core.text import clean
from labtui.errors import UsageError

MAX_LIBRARY_BYTES = 256 << 20
MAX_TOTAL_BYTES = 512 << 20
MAX_LIBRARIES = 64
MAX_ENTRIES = 10_000

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,95}\.so")
_DSP_HOST = "arm64-v8a"
"""The phones whose NPU drivers need code for a DSP beside them."""
_ARCHIVES = (".aar", ".zip")
_BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
"""What `zipfile` raises for damaged, encrypted or exotic archives."""


@dataclass(frozen=True, slots=True)
class Library:
    """One shared library."""

    name: str
    """File name, nothing but letters, digits and `._+-`."""
    abi: str
    content: bytes


def read_libraries(source: Path) -> tuple[Library, ...]:
    """Return the libraries of a `.so` file, of a folder of them, or of an `.aar` or `.zip`.

    Of an archive only `jni/<abi>/*.so` are read. Raises UsageError for anything else.
    """
    try:
        libraries = tuple(_bounded(_found(source)))
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}.") from error
    except _BROKEN_ARCHIVE as error:
        raise UsageError(
            f"{source} is no archive that can be read: {clean(str(error))}."
        ) from error
    if not libraries:
        where = "jni/<abi>/*.so" if source.suffix in _ARCHIVES else "*.so"
        raise UsageError(f"{source} holds no {where}: name the engine's library or its archive.")
    return libraries


def _found(source: Path) -> Iterator[Library]:
    if source.is_dir():
        for path in sorted(source.glob("*.so")):
            if path.is_file():
                yield _from_file(path)
    elif source.suffix in _ARCHIVES:
        yield from _from_archive(source)
    else:
        yield _from_file(source)


def _from_file(path: Path) -> Library:
    with path.open("rb") as file:
        content = file.read(MAX_LIBRARY_BYTES + 1)
    return _library(path.name, content)


def _from_archive(source: Path) -> Iterator[Library]:
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise UsageError(f"{source} has {len(entries)} entries: that is no Android archive.")
        for entry in entries:
            if abi := _entry_abi(entry.filename):
                with archive.open(entry) as file:
                    content = file.read(MAX_LIBRARY_BYTES + 1)
                yield _of_abi(_library(PurePosixPath(entry.filename).name, content), abi)


def _entry_abi(name: str) -> str:
    """Return the ABI that an archive's entry is for; empty for entries of no interest."""
    parts = name.split("/")
    is_library = len(parts) == 3 and parts[0] == "jni" and parts[2].endswith(".so")
    return parts[1] if is_library and parts[1] in ABIS else ""


def _of_abi(library: Library, abi: str) -> Library:
    if library.abi != abi:
        raise UsageError(
            f"jni/{abi}/{library.name} is made for {abi_words(library.abi)}: the archive is "
            "broken, get it again."
        )
    return library


def _library(name: str, content: bytes) -> Library:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{clean(name)!r} is no name of a library: it must look like libX.so.")
    if len(content) > MAX_LIBRARY_BYTES:
        raise UsageError(f"{name} is larger than {MAX_LIBRARY_BYTES >> 20} MiB: that is no engine.")
    try:
        return Library(name, _DSP_HOST if is_dsp_code(content) else elf_abi(content), content)
    except NotElf as error:
        raise UsageError(f"{name} is no library for Android: {error}.") from error


def _bounded(libraries: Iterator[Library]) -> Iterator[Library]:
    total_bytes = 0
    for count, library in enumerate(libraries, start=1):
        total_bytes += len(library.content)
        if count > MAX_LIBRARIES or total_bytes > MAX_TOTAL_BYTES:
            raise UsageError(
                f"There are more than {MAX_LIBRARIES} libraries or {MAX_TOTAL_BYTES >> 20} MiB: "
                "name only the engine's."
            )
        yield library
