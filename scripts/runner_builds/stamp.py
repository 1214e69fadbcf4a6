"""Knows whether a binary is what a build would make: by the contents it was made from."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path


def digest_of(files: Iterable[Path], words: Sequence[str], tools: Iterable[Path]) -> str:
    """Return a digest of the files' contents, the words, and the compilers' sizes and times."""
    state = hashlib.sha256(json.dumps(words).encode())
    for path in files:
        state.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for tool in tools:
        state.update(json.dumps(_identity(tool)).encode())
    return state.hexdigest()


def is_fresh(stamp: Path, program: Path, sources: str) -> bool:
    """Tell whether the program was built from these sources and not changed since."""
    try:
        noted = json.loads(stamp.read_text())
        return bool(noted == {"sources": sources, "program": _sha256(program)})
    except (OSError, ValueError):
        return False


def write(stamp: Path, program: Path, sources: str) -> None:
    """Note what the program was built from."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps({"sources": sources, "program": _sha256(program)}))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _identity(tool: Path) -> tuple[str, int, int]:
    """Stand for a compiler by path, size and time: its content may be hundreds of megabytes."""
    try:
        status = tool.stat()
    except OSError:
        return str(tool), 0, 0
    return str(tool), status.st_size, status.st_mtime_ns
