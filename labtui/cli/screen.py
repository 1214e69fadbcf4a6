"""`labtui` without a command: the dashboard."""

import argparse
import os
import sys

from labtui.cli.settings import Settings
from labtui.errors import UsageError


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open the dashboard. Raises UsageError where there is no terminal to open it on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise UsageError(
            "The dashboard needs a terminal; use `labtui devices`, `labtui run`, `labtui history`."
        )
    raise NotImplementedError
