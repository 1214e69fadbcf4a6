"""The grammar of the command line."""

import argparse
from pathlib import Path

from labtui import __version__
from labtui.cli.evalset_arguments import add_make_options
from labtui.cli.grammar import (
    EXIT_CODES,
    Commands,
    add_budget,
    add_command,
    add_globals,
    add_screen_options,
)
from labtui.cli.history_commands import add_history_commands
from labtui.cli.phone_commands import add_phone_commands
from labtui.cli.run_arguments import add_run_options


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `module`, the module that runs it."""
    parser = argparse.ArgumentParser(
        "labtui", description="Race quantized models on a bench of phones.", epilog=EXIT_CODES
    )
    parser.add_argument("--version", action="version", version=f"labtui {__version__}")
    add_globals(parser, is_root=True)
    parser.set_defaults(module="screen", paths=[])
    add_screen_options(parser, is_root=True)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (_variants, _evalset, _run, _plan, _demo, _tui):
        add(commands)
    add_phone_commands(commands)
    add_history_commands(commands)
    return parser


def _variants(commands: Commands) -> None:
    parser = add_command(commands, "variants", "variants", "look into model files")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    inspect = add_command(actions, "inspect", "variants", "what is known of a file")
    inspect.add_argument("paths", nargs="+", type=Path, metavar="FILE")


def _evalset(commands: Commands) -> None:
    parser = add_command(commands, "evalset", "evalset", "labelled inputs to score variants on")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    make = add_command(
        actions, "make", "evalset", "from images in a folder for each class, or arrays"
    )
    add_make_options(make)
    make.set_defaults(action="make")
    show = add_command(actions, "show", "evalset", "check an eval set and say what it holds")
    show.add_argument("folder", type=Path, metavar="DIR")
    show.set_defaults(action="show")


def _run(commands: Commands) -> None:
    parser = add_command(commands, "run", "run", "push variants to devices and measure them")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="variants")
    parser.add_argument("--variant", action="append", type=Path, default=[], metavar="FILE")
    parser.add_argument("--device", action="append", default=[], metavar="SEL", help="who works")
    parser.add_argument(
        "--preset",
        metavar="P",
        help="quick (default), standard, sustained-5m, article, …; or FILE.toml",
    )
    parser.add_argument("--launches", type=int, metavar="N", help="launches per variant")
    parser.add_argument("--runs", type=int, metavar="N", help="measured inferences per launch")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured time per launch")
    parser.add_argument("--rate", type=float, metavar="HZ", help="start inferences at this rate")
    add_run_options(parser)
    add_budget(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="of order and inputs; default 0")
    parser.add_argument("--name", default="", help="name of the session")
    parser.add_argument("--tag", action="append", default=[], metavar="T")
    parser.add_argument(
        "--resume", metavar="SESSION", help="do what a session left undone: id, start of it, last"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan, touch nothing")


def _plan(commands: Commands) -> None:
    parser = add_command(commands, "plan", "plan", "plans as files")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    check = add_command(actions, "check", "plan", "name everything that is wrong with a plan file")
    check.add_argument("file", type=Path, metavar="FILE")


def _demo(commands: Commands) -> None:
    parser = add_command(
        commands, "demo", "demo", "virtual phones, demo variants, nothing to set up"
    )
    parser.add_argument("--phones", default="demo", metavar="LIST")
    parser.add_argument("--headless", action="store_true", help="no screen: run and print results")
    add_screen_options(parser)


def _tui(commands: Commands) -> None:
    parser = add_command(commands, "tui", "screen", "the dashboard (same as no command)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="variants or folders")
    add_screen_options(parser)
    parser.add_argument("--no-mouse", action="store_true")
    parser.add_argument("--theme", metavar="NAME")
