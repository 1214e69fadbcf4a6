"""The `labtui` command: every error becomes one sentence and an exit code."""

import sys
from collections.abc import Sequence
from importlib import import_module

from labtui.cli.parser import build_parser
from labtui.cli.settings import settings_from
from labtui.errors import LabtuiError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 gate, 2 input, 3 device, 4 no match)."""
    arguments = build_parser().parse_args(argv)
    try:
        settings = settings_from(arguments)
        command = import_module(f"labtui.cli.{arguments.module}")
        return int(command.run(arguments, settings))
    except LabtuiError as error:
        print(f"labtui: {error}", file=sys.stderr)  # noqa: T201 (stderr is for people)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has left; nothing more to say
        return 0
