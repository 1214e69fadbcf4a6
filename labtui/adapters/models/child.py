"""`python -m labtui.adapters.models.child PATH`: read one model file within limits.

Prints its facts as one line of JSON and exits with 0, or one sentence on stderr and exits with 1.
"""

import mmap
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.errors import BadVariant

if TYPE_CHECKING:
    from labtui.adapters.models.facts import FileFacts

CPU_S = 30
MEMORY_BYTES = 2 << 30
"""Address space beyond the files themselves."""
EXIT_BAD = 1


def main(path: str) -> int:
    """Print the facts of one file; return the exit code."""
    try:
        _limit(_mapped_bytes(Path(path)))
        sys.stdout.buffer.write(_line(Path(path)) + b"\n")
    except (BadVariant, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD
    return 0


def _line(path: Path) -> bytes:
    from labtui.adapters.models.facts import encode_facts  # noqa: PLC0415 (after the limits)

    try:
        return encode_facts(_facts(path))
    except (ValueError, MemoryError) as error:
        raise BadVariant("is damaged: it holds numbers that are none.") from error


def _facts(path: Path) -> "FileFacts":
    if path.suffix == ".mlpackage":
        from labtui.adapters.models.mlpackage import read_mlpackage  # noqa: PLC0415

        return read_mlpackage(path)
    from labtui.adapters.models.tflite import read_tflite  # noqa: PLC0415

    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return read_tflite(content)


def _mapped_bytes(path: Path) -> int:
    """Return how much address space the files take when they are mapped."""
    if path.is_file():
        return path.stat().st_size
    return sum(
        (Path(folder) / name).lstat().st_size
        for folder, _, names in os.walk(path)
        for name in names
    )


def _limit(file_bytes: int) -> None:
    """Bound what a hostile file can cost."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if sys.platform == "linux":  # macOS knows the limit but not how to keep it
        limit_bytes = MEMORY_BYTES + file_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
