"""The arguments of the commands about what was measured before."""

from pathlib import Path

from labtui.cli.compare_arguments import add_compare_options, add_heat_options
from labtui.cli.grammar import Commands, add_budget, add_command


def add_history_commands(commands: Commands) -> None:
    """Add what lists, compares, exports and imports."""
    for add in (_history, _compare, _heat, _accuracy, _export, _import, _parse):
        add(commands)


def _history(commands: Commands) -> None:
    parser = add_command(commands, "history", "history", "list, show, tag, note, delete sessions")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    parser.set_defaults(action="list", limit=20)
    listing = add_command(actions, "list", "history", "newest sessions first")
    listing.add_argument("--limit", type=int, default=20, metavar="N")
    listing.set_defaults(action="list")
    for name, text in (("show", "results of a session"), ("delete", "delete a session for good")):
        action = add_command(actions, name, "history", text)
        action.add_argument("session", help="id, a unique start of it, or last")
        action.set_defaults(action=name)
        if name == "show":
            add_budget(action)
    for name, text in (("tag", "add tags to a session"), ("note", "set a session's note")):
        action = add_command(actions, name, "history", text)
        action.add_argument("session", help="id, a unique start of it, or last")
        action.add_argument("words", nargs="+", metavar="TEXT")
        action.set_defaults(action=name)


def _compare(commands: Commands) -> None:
    text = "which variant is faster: verdicts with intervals"
    add_compare_options(add_command(commands, "compare", "compare", text))


def _heat(commands: Commands) -> None:
    text = "what heat did to variants over the minutes of a long run"
    add_heat_options(add_command(commands, "heat", "heat", text))


def _accuracy(commands: Commands) -> None:
    text = "compare the accuracy of variants, item by item"
    parser = add_command(commands, "accuracy", "accuracy", text)
    parser.add_argument("session", nargs="?", default="last", help="id, start of it, or last")
    parser.add_argument("--against", metavar="VARIANT", help="recipe or name; default: fp32")
    parser.add_argument(
        "--margin", type=float, default=0.5, metavar="P", help="points that do not matter; 0.5"
    )
    parser.add_argument("--per-class", action="store_true", help="how many of each class are right")
    parser.add_argument(
        "--wrong", type=int, default=0, metavar="N", help="list N items that were surest and wrong"
    )


def _export(commands: Commands) -> None:
    parser = add_command(commands, "export", "export", "write history to a file or stdout")
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


def _import(commands: Commands) -> None:
    parser = add_command(commands, "import", "importing", "keep what another tool measured")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="benchmark_model logs")
    parser.add_argument("--device", metavar="NAME", help="what they were measured on")
    parser.add_argument("--tag", action="append", default=[], metavar="T")


def _parse(commands: Commands) -> None:
    parser = add_command(commands, "parse", "parse", "show what another tool's log or dump says")
    parser.add_argument("path", type=Path, metavar="FILE", help="benchmark_model log, dumpsys, …")
