"""The program `python -m labtui.hostrunner`."""

import os

from labtui.hostrunner.engines import open_engine
from labtui.hostrunner.serve import serve

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def claim_stdout() -> int:
    """Return a private copy of stdout, and send whatever engines print there to stderr."""
    events_fd = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    return events_fd


def main() -> int:
    """Run the job on stdin; return the exit code of runners/PROTOCOL.md."""
    return serve(_STDIN, claim_stdout(), open_engine)
