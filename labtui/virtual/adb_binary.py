"""Finds an adb program for the bench's private server."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from labtui.errors import BenchUnavailable


def find_adb() -> Path:
    """Return adb: `$ADBUTILS_ADB_PATH`, the one in adbutils, or PATH's. Raises BenchUnavailable.

    The bundled one comes before PATH's because it is the newest; old ones start slowly.
    """
    for candidate in (os.environ.get("ADBUTILS_ADB_PATH"), _bundled(), shutil.which("adb")):
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise BenchUnavailable(
        "there is no adb on this computer: install Android's platform-tools and put adb on PATH"
    )


def _bundled() -> str | None:
    spec = find_spec("adbutils")  # finds the package without importing it
    if spec is None or spec.origin is None:
        return None
    return str(Path(spec.origin).parent / "binaries" / "adb")
