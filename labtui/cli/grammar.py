"""What the commands of the command line share: globals, budgets, how a command is added.

Every command parses them all, so these modules import next to nothing.
"""

import argparse
from pathlib import Path
from typing import TypeAlias

EXIT_CODES = (
    "exit codes: 0 done, 1 a gate said no, 2 wrong usage or input, 3 a device failed, "
    "4 nothing matched, 130 interrupted"
)

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 (argparse names it nowhere else)


def add_globals(parser: argparse.ArgumentParser, *, is_root: bool) -> None:
    """Accept the global options before and after the command; what comes last wins."""
    group = parser.add_argument_group("global options")

    def add(*names: str, default: object, **options: object) -> None:
        kept = default if is_root else argparse.SUPPRESS
        group.add_argument(*names, default=kept, **options)  # type: ignore[arg-type]

    add("--db", type=Path, default=None, metavar="PATH", help="history file ($LABTUI_DB)")
    add("--config", type=Path, default=None, metavar="PATH", help="config file (TOML)")
    add("--virtual", default=None, metavar="LIST", help="run on virtual phones: demo or a list")
    add("--json", action="store_true", default=False, help="machine-readable output")
    add("--no-color", action="store_true", default=False, help="no colours ($NO_COLOR)")
    add("--ascii", action="store_true", default=False, help="no characters beyond ASCII")
    add("--verbose", action="store_true", default=False, help="say more on stderr")


def add_command(commands: Commands, name: str, module: str, text: str) -> argparse.ArgumentParser:
    """Add a command that `module` runs, with the global options."""
    parser = commands.add_parser(name, help=text, description=text, epilog=EXIT_CODES)
    parser.set_defaults(module=module)
    add_globals(parser, is_root=False)
    return parser


def add_budget(parser: argparse.ArgumentParser, *, is_root: bool = False) -> None:
    """Accept a budget; the command's own goes before one that stands before the command."""
    kept = None if is_root else argparse.SUPPRESS
    add = parser.add_argument
    add("--budget-ms", type=float, default=kept, metavar="MS", help="most an inference may take")
    add("--fps", type=float, default=kept, metavar="N", help="budget as inferences per second")


def add_screen_options(parser: argparse.ArgumentParser, *, is_root: bool = False) -> None:
    """Accept what the dashboard begins with."""
    kept = None if is_root else argparse.SUPPRESS
    add = parser.add_argument
    add("--eval", type=Path, default=kept, metavar="SET", help="score on an eval set's folder")
    add("--eval-items", type=int, default=kept, metavar="N", help="on its first N items only")
    add_budget(parser, is_root=is_root)
