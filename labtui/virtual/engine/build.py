"""Builds the libraries that stand for a virtual phone's engine."""

import hashlib
import importlib.util
import shutil
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path

LIBRARY = "libLiteRt.so"
_SOURCES = Path(__file__).parent
_FLAGS = ("-O2", "-std=c11", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden")
_COMPILE_S = 60
_MAX_WORDS = 500
_FOREIGN = b"\x7fELF" + bytes((1, 1, 1)) + bytes(57)
"""The header of a 32-bit library: no 64-bit program opens it."""


class EngineKind(StrEnum):
    """What a phone has in place of an engine; also the folder in which its library lies."""

    PACED = "paced"
    """The real one at the phone's speed."""
    STUCK = "stuck"
    """It goes on saying what it computed first: nothing fails, and everything is wrong."""
    TOO_OLD = "too_old"
    WRONG_ABI = "wrong_abi"
    MISSING = "missing"
    """A folder without a library."""


class EngineNotBuilt(Exception):
    """The libraries cannot be built here; the text says why."""


def real_engine() -> Path:
    """Return the library of the `ai-edge-litert` package. Raises EngineNotBuilt."""
    spec = importlib.util.find_spec("ai_edge_litert")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (found := Path(folder) / LIBRARY).is_file():
            return found
    raise EngineNotBuilt("the package ai-edge-litert has no engine library here")


def built_engines(beside: Path) -> Path:
    """Return the folder with one folder for each EngineKind, after building it if it is not there.

    It lies in the folder `beside`, named by what it was built from. Raises EngineNotBuilt.
    """
    target = beside / f"virtual-engines-{_digest()}"
    if not target.is_dir():
        try:
            with tempfile.TemporaryDirectory(prefix=".engines-", dir=beside) as scratch:
                _move(_build(Path(scratch) / "engines"), target)
        except OSError as error:
            raise EngineNotBuilt(f"{beside} cannot be written: {error.strerror}") from error
    return target


def _build(folder: Path) -> Path:
    for kind in EngineKind:
        (folder / kind).mkdir(parents=True)
    real = real_engine()
    # The dependency is recorded by its name alone: where it lies is said when it is run.
    linked = ("-Wl,--no-as-needed", f"-L{real.parent}", f"-l:{LIBRARY}", "-ldl")
    _compile("paced_litert.c", folder / EngineKind.PACED / LIBRARY, linked)
    _compile("paced_litert.c", folder / EngineKind.STUCK / LIBRARY, (*linked, "-DIS_STUCK=true"))
    _compile("old_litert.c", folder / EngineKind.TOO_OLD / LIBRARY, ("-fvisibility=default",))
    (folder / EngineKind.WRONG_ABI / LIBRARY).write_bytes(_FOREIGN)
    return folder


def _compile(source: str, target: Path, more: tuple[str, ...]) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise EngineNotBuilt("there is no C compiler (cc, gcc or clang)")
    command = [compiler, *_FLAGS, str(_SOURCES / source), "-o", str(target), *more]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_COMPILE_S)
    except subprocess.CalledProcessError as error:
        words = " ".join(str(error.stderr).split())[:_MAX_WORDS]
        raise EngineNotBuilt(f"the compiler refused {source}: {words}") from error
    except subprocess.TimeoutExpired as error:
        raise EngineNotBuilt(f"the compiler hangs over {source}") from error


def _move(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise


def _digest() -> str:
    parts = [path.read_bytes() for path in (*sorted(_SOURCES.glob("*.c")), Path(__file__))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
