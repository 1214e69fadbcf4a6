"""The grammar of the command line."""

import argparse
from pathlib import Path
from typing import TypeAlias

from labtui import __version__
from labtui.cli.evalset_arguments import add_make_options
from labtui.cli.run_arguments import add_run_options

_EXIT_CODES = (
    "exit codes: 0 done, 1 a gate said no, 2 wrong usage or input, 3 a device failed, "
    "4 nothing matched, 130 interrupted"
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `module`, the module that runs it."""
    parser = argparse.ArgumentParser(
        "labtui", description="Race quantized models on a bench of phones.", epilog=_EXIT_CODES
    )
    parser.add_argument("--version", action="version", version=f"labtui {__version__}")
    _add_globals(parser, is_root=True)
    parser.set_defaults(module="screen", paths=[])
    _add_screen_options(parser, is_root=True)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (
        _devices,
        _variants,
        _evalset,
        _run,
        _history,
        _accuracy,
        _export,
        _import,
        _parse,
        _pair,
        _unpair,
        _developer_image,
        _runner,
        _doctor,
        _demo,
        _virtual,
        _tui,
    ):
        add(commands)
    return parser


def _add_globals(parser: argparse.ArgumentParser, *, is_root: bool) -> None:
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


def _add_budget(parser: argparse.ArgumentParser, *, is_root: bool = False) -> None:
    """Accept a budget; the command's own goes before one that stands before the command."""
    kept = None if is_root else argparse.SUPPRESS
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--budget-ms",
        type=float,
        default=kept,
        metavar="MS",
        help="most that an inference may take",
    )
    budget.add_argument(
        "--fps", type=float, default=kept, metavar="N", help="budget as inferences per second"
    )


def _add_screen_options(parser: argparse.ArgumentParser, *, is_root: bool = False) -> None:
    """Accept what the dashboard begins with."""
    kept = None if is_root else argparse.SUPPRESS
    add = parser.add_argument
    add("--eval", type=Path, default=kept, metavar="SET", help="score on an eval set's folder")
    add("--eval-items", type=int, default=kept, metavar="N", help="on its first N items only")
    _add_budget(parser, is_root=is_root)


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 (argparse names it nowhere else)


def _command(commands: _Commands, name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, epilog=_EXIT_CODES)
    parser.set_defaults(module=module)
    _add_globals(parser, is_root=False)
    return parser


def _devices(commands: _Commands) -> None:
    parser = _command(commands, "devices", "devices", "list devices, their states and cures")
    parser.add_argument("--watch", action="store_true", help="print each change until stopped")
    parser.add_argument("selectors", nargs="*", metavar="DEVICE", help="pixel*, soc:…, serial:…")


def _variants(commands: _Commands) -> None:
    parser = _command(commands, "variants", "variants", "look into model files")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    inspect = _command(actions, "inspect", "variants", "what is known of a file")
    inspect.add_argument("paths", nargs="+", type=Path, metavar="FILE")


def _evalset(commands: _Commands) -> None:
    parser = _command(commands, "evalset", "evalset", "labelled inputs to score variants on")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    make = _command(actions, "make", "evalset", "from images in a folder for each class, or arrays")
    add_make_options(make)
    make.set_defaults(action="make")
    show = _command(actions, "show", "evalset", "check an eval set and say what it holds")
    show.add_argument("folder", type=Path, metavar="DIR")
    show.set_defaults(action="show")


def _run(commands: _Commands) -> None:
    parser = _command(commands, "run", "run", "push variants to devices and measure them")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="variants")
    parser.add_argument("--variant", action="append", type=Path, default=[], metavar="FILE")
    parser.add_argument("--device", action="append", default=[], metavar="SEL", help="who works")
    parser.add_argument(
        "--preset", metavar="P", help="quick (default), standard, sustained, article"
    )
    parser.add_argument("--launches", type=int, metavar="N", help="launches per variant")
    parser.add_argument("--runs", type=int, metavar="N", help="measured inferences per launch")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured time per launch")
    parser.add_argument("--rate", type=float, metavar="HZ", help="start inferences at this rate")
    add_run_options(parser)
    _add_budget(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="of order and inputs; default 0")
    parser.add_argument("--name", default="", help="name of the session")
    parser.add_argument("--tag", action="append", default=[], metavar="T")
    parser.add_argument(
        "--resume", metavar="SESSION", help="do what a session left undone: id, start of it, last"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan, touch nothing")


def _history(commands: _Commands) -> None:
    parser = _command(commands, "history", "history", "list, show, tag, note, delete sessions")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    parser.set_defaults(action="list", limit=20)
    listing = _command(actions, "list", "history", "newest sessions first")
    listing.add_argument("--limit", type=int, default=20, metavar="N")
    listing.set_defaults(action="list")
    for name, text in (("show", "results of a session"), ("delete", "delete a session for good")):
        action = _command(actions, name, "history", text)
        action.add_argument("session", help="id, a unique start of it, or last")
        action.set_defaults(action=name)
        if name == "show":
            _add_budget(action)
    for name, text in (("tag", "add tags to a session"), ("note", "set a session's note")):
        action = _command(actions, name, "history", text)
        action.add_argument("session", help="id, a unique start of it, or last")
        action.add_argument("words", nargs="+", metavar="TEXT")
        action.set_defaults(action=name)


def _accuracy(commands: _Commands) -> None:
    text = "compare the accuracy of variants, item by item"
    parser = _command(commands, "accuracy", "accuracy", text)
    parser.add_argument("session", nargs="?", default="last", help="id, start of it, or last")
    parser.add_argument("--against", metavar="VARIANT", help="recipe or name; default: fp32")
    parser.add_argument(
        "--margin", type=float, default=0.5, metavar="P", help="points that do not matter; 0.5"
    )
    parser.add_argument("--per-class", action="store_true", help="how many of each class are right")
    parser.add_argument(
        "--wrong", type=int, default=0, metavar="N", help="list N items that were surest and wrong"
    )


def _export(commands: _Commands) -> None:
    parser = _command(commands, "export", "export", "write history to a file or stdout")
    parser.add_argument("sessions", nargs="*", metavar="SESSION", help="all when none is named")
    parser.add_argument("--format", default="csv", choices=("csv", "json", "ndjson"))
    parser.add_argument(
        "--level",
        default="launches",
        choices=(
            "results", "launches", "samples", "readings", "placements", "accuracy", "predictions",
            "sweeps", "tiers",
        ),
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="PATH", help="default: stdout")
    parser.add_argument("--with-serials", action="store_true", help="do not redact device ids")
    parser.add_argument("--budget-ms", type=float, metavar="MS", help="tiers: time per inference")
    parser.add_argument("--fps", type=float, metavar="N", help="tiers: budget as inferences per s")
    parser.add_argument(
        "--device-class",
        action="append",
        default=[],
        metavar="NAME=CLASS",
        help="tiers: put devices of this name in a class; else each name is one",
    )


def _import(commands: _Commands) -> None:
    parser = _command(commands, "import", "importing", "keep what another tool measured")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="benchmark_model logs")
    parser.add_argument("--device", metavar="NAME", help="what they were measured on")
    parser.add_argument("--tag", action="append", default=[], metavar="T")


def _parse(commands: _Commands) -> None:
    parser = _command(commands, "parse", "parse", "show what another tool's log or dump says")
    parser.add_argument("path", type=Path, metavar="FILE", help="benchmark_model log, dumpsys, …")


def _pair(commands: _Commands) -> None:
    parser = _command(commands, "pair", "pairing", "let an iPhone trust this computer")
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.add_argument("--wait", type=float, default=60.0, metavar="S", help="for the Trust tap")
    parser.set_defaults(action="pair")


def _unpair(commands: _Commands) -> None:
    parser = _command(commands, "unpair", "pairing", "end the trust of an iPhone and this computer")
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.set_defaults(action="unpair")


def _developer_image(commands: _Commands) -> None:
    text = "what lets labtui open the runner app on an iPhone"
    parser = _command(commands, "developer-image", "developer_image", text)
    parser.add_argument("selector", metavar="DEVICE", help="iphone*, serial:…")
    parser.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="mount this one")
    parser.add_argument(
        "--ask-apple", action="store_true", help="allow asking Apple's server for a ticket"
    )


def _runner(commands: _Commands) -> None:
    parser = _command(commands, "runner", "runner_install", "the program that measures on phones")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    install = _command(actions, "install", "runner_install", "bring the runner onto phones")
    install.add_argument("selectors", nargs="+", metavar="DEVICE", help="pixel*, serial:…")
    install.add_argument("--engine", type=Path, metavar="PATH", help=".so, folder of them, or .aar")
    install.add_argument("--replace", action="store_true", help="trust an engine that differs")
    install.add_argument("--ipa", type=Path, metavar="FILE", help="iPhones: the signed runner app")
    check = _command(actions, "check", "runner_check", "play jobs against any runner program")
    check.add_argument("--check", action="append", default=[], metavar="NAME", help="only this one")
    check.add_argument("--list", action="store_true", help="name the checks, make none")
    check.add_argument("command", nargs="*", metavar="CMD", help="after --: how to start it")


def _doctor(commands: _Commands) -> None:
    parser = _command(commands, "doctor", "doctor", "check this bench and say what to mend")
    parser.add_argument("--selftest", metavar="DEVICE", help="try every operation on a device")
    parser.add_argument(
        "--variant", type=Path, metavar="FILE", help="what the self-test measures; default: a demo"
    )
    parser.add_argument(
        "--transcript", type=Path, metavar="FILE", help="keep the self-test, without private data"
    )
    parser.add_argument(
        "--rescue", action="store_true", help="give phones back the settings a run has changed"
    )


def _demo(commands: _Commands) -> None:
    parser = _command(commands, "demo", "demo", "virtual phones, demo variants, nothing to set up")
    parser.add_argument("--phones", default="demo", metavar="LIST")
    parser.add_argument("--headless", action="store_true", help="no screen: run and print results")
    _add_screen_options(parser)


def _virtual(commands: _Commands) -> None:
    parser = _command(commands, "virtual", "virtual", "a virtual bench for any client")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    serve = _command(actions, "serve", "virtual", "run virtual phones until SIGTERM")
    serve.add_argument("--phones", default="demo", metavar="LIST")
    serve.add_argument("--exit-on-eof", action="store_true", help="end with standard input")
    serve.set_defaults(action="serve")
    fault = _command(actions, "fault", "virtual", "break something on a virtual phone")
    fault.add_argument("control", help="the control address that serve printed")
    fault.add_argument("phone", help="serial")
    fault.add_argument("fault", help="unplug, plug, hang, resume, reboot, …")
    fault.set_defaults(action="fault")


def _tui(commands: _Commands) -> None:
    parser = _command(commands, "tui", "screen", "the dashboard (same as no command)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="variants or folders")
    _add_screen_options(parser)
    parser.add_argument("--no-mouse", action="store_true")
    parser.add_argument("--theme", metavar="NAME")
