"""Bounds for what a model file can cost the process that opens it."""

import resource
import sys
from pathlib import Path

from labtui.hostrunner.content import content_bytes

_SPARE_BYTES = 6 << 30
_TIMES_SIZE = 12
"""Weights of 4 bits become floats of 32, and are there twice while they do."""


def limit_memory(variant: Path) -> None:
    """Bound this process' address space by what a variant of this size may need.

    More is then out of memory for the runner, and not for the computer. macOS knows the limit but
    not how to keep it.
    """
    if sys.platform != "linux":
        return
    try:
        size_bytes = content_bytes(variant)
        used_pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:  # the file is not there, which is said later
        return
    wanted_bytes = used_pages * resource.getpagesize() + _SPARE_BYTES + _TIMES_SIZE * size_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or wanted_bytes < hard:
        resource.setrlimit(resource.RLIMIT_AS, (wanted_bytes, hard))
