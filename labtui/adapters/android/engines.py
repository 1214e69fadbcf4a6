"""Engine libraries that labtui keeps on this computer, by ABI, each with its checksum."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.android.elf import ABIS, abi_words
from labtui.adapters.android.engine_source import Library
from labtui.core.model import Digest
from labtui.errors import RunnerFailed, UsageError
from labtui.failure import FailureCode

_MAIN = ("libLiteRt.so", "libtensorflowlite_c.so", "libtensorflowlite_jni.so")
"""What a runner opens; the best first."""
_CHECKSUMS = "checksums.json"
_DIGEST = re.compile(r"[0-9a-f]{64}")

Checksums = dict[str, Digest]
"""`<abi>/<file name>` -> SHA-256."""


@dataclass(frozen=True, slots=True)
class KeptLibrary:
    """One file of an engine on this computer."""

    path: Path
    digest: Digest


@dataclass(frozen=True, slots=True)
class Engine:
    """The libraries of one ABI that belong together."""

    abi: str
    libraries: tuple[KeptLibrary, ...]
    """In the order of their names."""
    main: str
    """File name of the library that a runner opens."""

    @property
    def digest(self) -> Digest:
        """What names this set of files: the digest of their digests and names."""
        lines = "".join(f"{library.digest}  {library.path.name}\n" for library in self.libraries)
        return Digest(hashlib.sha256(lines.encode()).hexdigest())


class EngineShelf:
    """A folder of engine libraries. Blocking: use it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, libraries: Sequence[Library], *, replaces: bool = False) -> tuple[str, ...]:
        """Store libraries and their checksums; return the ABIs they are for.

        With `replaces`, what was kept for these ABIs goes. Raises UsageError for a library that
        differs from the kept one of its name, and when the folder cannot be written.
        """
        abis = tuple(dict.fromkeys(library.abi for library in libraries))
        try:
            kept = self._checksums()
            fresh = {_key(library): _digest(library.content) for library in libraries}
            rest = {k: v for k, v in kept.items() if not (replaces and k.split("/")[0] in abis)}
            self._refuse_others(fresh, rest)
            for abi in abis:
                _main_of(abi, _names({**rest, **fresh}, abi))
            self._write(libraries, gone=kept.keys() - rest.keys() - fresh.keys())
            self._record({**rest, **fresh})
        except OSError as error:
            raise UsageError(
                f"{self._folder} cannot be written: {error.strerror or error}."
            ) from error
        return abis

    def find(self, abi: str) -> Engine:
        """Return what is kept for an ABI, checked. Raises RunnerFailed (ENGINE_MISSING)."""
        checksums = self._checksums()
        names = _names(checksums, abi) if abi in ABIS else []
        if not names:
            raise RunnerFailed(FailureCode.ENGINE_MISSING, how_to_get(abi))
        libraries = tuple(
            KeptLibrary(self._folder / abi / name, checksums[f"{abi}/{name}"]) for name in names
        )
        for library in libraries:
            _check(library)
        return Engine(abi, libraries, _main_of(abi, names))

    def _checksums(self) -> Checksums:
        """Return what was recorded; what is no record counts as none."""
        try:
            found = json.loads((self._folder / _CHECKSUMS).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: Digest(value) for key, value in found.items() if _is_record(key, value)}

    def _refuse_others(self, fresh: Checksums, kept: Checksums) -> None:
        for key, digest in fresh.items():
            if kept.get(key, digest) != digest:
                raise UsageError(
                    f"{key} differs from the one that labtui keeps (SHA-256 {kept[key][:12]}…, "
                    f"not {digest[:12]}…): if you trust the new one, add --replace."
                )

    def _write(self, libraries: Iterable[Library], gone: Iterable[str]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for library in libraries:
            path = self._folder / _key(library)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _replace(path, library.content)
        for key in gone:
            (self._folder / key).unlink(missing_ok=True)

    def _record(self, checksums: Checksums) -> None:
        text = json.dumps(dict(sorted(checksums.items())), indent=1)
        _replace(self._folder / _CHECKSUMS, text.encode())


def how_to_get(abi: str) -> str:
    """Say where an engine library for an ABI comes from, and what to do with it."""
    return (
        f"labtui keeps no engine library for {abi_words(abi)}. Get the Android archive (.aar) of "
        "the Maven package com.google.ai.edge.litert:litert, 2.2 or newer, from Google's Maven "
        f"repository (the engine is its entry jni/{abi}/libLiteRt.so), and run "
        "`labtui runner install DEVICE --engine FILE.aar`. A libtensorflowlite_jni.so or "
        "libtensorflowlite_c.so for Android does as well."
    )


def _main_of(abi: str, names: Sequence[str]) -> str:
    """Return the library to open. Raises UsageError when nobody can tell."""
    known = [name for name in _MAIN if name in names]
    if not known and len(names) != 1:
        raise UsageError(
            f"None of the libraries for {abi_words(abi)} is called {', '.join(_MAIN[:-1])} or "
            f"{_MAIN[-1]}: name the engine's library alone, or its archive."
        )
    return (known or list(names))[0]


def _names(checksums: Checksums, abi: str) -> list[str]:
    return sorted(key.split("/")[1] for key in checksums if key.split("/")[0] == abi)


def _is_record(key: str, value: object) -> bool:
    abi, _, name = key.partition("/")
    is_name = abi in ABIS and re.fullmatch(r"[\w.+-]{1,100}\.so", name, re.ASCII) is not None
    return is_name and isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _check(library: KeptLibrary) -> None:
    """Raise RunnerFailed unless the file is still what was recorded."""
    try:
        with library.path.open("rb") as file:
            is_same = hashlib.file_digest(file, "sha256").hexdigest() == library.digest
    except OSError:
        is_same = False
    if not is_same:
        raise RunnerFailed(
            FailureCode.ENGINE_MISSING,
            f"{library.path} is gone or has changed since its checksum was recorded: run "
            "`labtui runner install DEVICE --engine PATH --replace` with a copy that you trust.",
        )


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _key(library: Library) -> str:
    return f"{library.abi}/{library.name}"


def _digest(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest())
