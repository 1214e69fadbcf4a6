"""`labtui export`: history to a file, or to stdout for the next program."""

import argparse
import sys

from labtui.cli.compose import open_history
from labtui.cli.output import say
from labtui.cli.settings import Settings
from labtui.errors import NothingMatched


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Export the named sessions, or all. Raises NothingMatched for an empty history."""
    from labtui.store.export import (  # noqa: PLC0415 (heavy)
        ExportRequest,
        Format,
        export_to_file,
        export_to_stream,
    )
    from labtui.store.export_rows import Level  # noqa: PLC0415

    history = open_history(settings)
    sessions = tuple(map(history.find_session, arguments.sessions))
    if not sessions and not history.sessions(1):
        raise NothingMatched("The history is empty; `labtui run` or `labtui demo` fills it.")
    request = ExportRequest(
        Level(arguments.level), Format(_format(arguments)), sessions, arguments.with_serials
    )
    if arguments.out is None:
        export_to_stream(history, request, sys.stdout)
        return 0
    export_to_file(history, request, arguments.out)
    say(f"wrote {arguments.out}")
    return 0


def _format(arguments: argparse.Namespace) -> str:
    """Return the format asked for; --json stands for --format json."""
    return "json" if arguments.json else str(arguments.format)
