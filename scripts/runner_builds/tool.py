"""Runs compilers."""

import subprocess
from collections.abc import Sequence

_LIMIT_S = 300


class BuildFailed(Exception):
    """A binary could not be made; the text says why, in a compiler's words or ours."""


def run(command: Sequence[str]) -> None:
    """Run a compiler to its end. Raises BuildFailed with what it printed."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(str(error)) from error
    if done.returncode != 0:
        raise BuildFailed((done.stderr or done.stdout).strip() or f"exit code {done.returncode}")
