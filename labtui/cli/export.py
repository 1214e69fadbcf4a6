"""`labtui export`: history to a file, or to stdout for the next program."""

import argparse
import sys

from labtui.cli.compose import open_history
from labtui.cli.output import say
from labtui.cli.settings import Settings
from labtui.errors import NothingMatched, UsageError


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Export the named sessions, or all. Raises NothingMatched for an empty history, UsageError."""
    from labtui.core.budget import budget  # noqa: PLC0415 (needed by this command only)
    from labtui.store.export import (  # noqa: PLC0415 (heavy)
        ExportRequest,
        Format,
        export_to_file,
        export_to_stream,
    )
    from labtui.store.export_columns import Level  # noqa: PLC0415

    limit = budget(arguments.budget_ms, arguments.fps)
    classes = dict(map(_device_class, arguments.device_class))
    history = open_history(settings)
    sessions = tuple(map(history.find_session, arguments.sessions))
    if not sessions and not history.sessions(1):
        raise NothingMatched("The history is empty; `labtui run` or `labtui demo` fills it.")
    request = ExportRequest(
        Level(arguments.level), Format(_format(arguments)), sessions, arguments.with_serials,
        limit, classes,
    )  # fmt: skip
    if arguments.out is None:
        export_to_stream(history, request, sys.stdout)
        return 0
    export_to_file(history, request, arguments.out)
    say(f"wrote {arguments.out}")
    return 0


def _format(arguments: argparse.Namespace) -> str:
    """Return the format asked for; --json stands for --format json."""
    return "json" if arguments.json else str(arguments.format)


def _device_class(text: str) -> tuple[str, str]:
    """Return device name and class of `NAME=CLASS`. Raises UsageError."""
    name, _, device_class = text.rpartition("=")
    if not name.strip() or not device_class.strip():
        raise UsageError(f"{text!r} is no device class: write NAME=CLASS, e.g. 'Pixel 7=mid'.")
    return name.strip(), device_class.strip()
