"""`python -m labtui.adapters.models.tflite_child FILE`: read one file within limits.

Prints its facts as one line of JSON and exits with 0, or one sentence on stderr and exits with 1.
"""

import mmap
import os
import resource
import sys
from pathlib import Path

from labtui.adapters.models.facts import encode_facts
from labtui.errors import BadVariant

CPU_S = 30
MEMORY_BYTES = 2 << 30
"""Address space beyond the file itself."""
EXIT_BAD = 1


def main(path: str) -> int:
    """Print the facts of one file; return the exit code."""
    try:
        with Path(path).open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            _limit(size_bytes)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                sys.stdout.buffer.write(_facts(content) + b"\n")
    except (BadVariant, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD
    return 0


def _facts(content: mmap.mmap) -> bytes:
    from labtui.adapters.models.tflite import read_tflite  # noqa: PLC0415 (after the limits)

    try:
        return encode_facts(read_tflite(content))
    except ValueError as error:
        raise BadVariant("is damaged: it holds numbers that are none.") from error


def _limit(file_bytes: int) -> None:
    """Bound what a hostile file can cost."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    if sys.platform == "linux":  # macOS knows the limit but not how to keep it
        limit_bytes = MEMORY_BYTES + file_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
