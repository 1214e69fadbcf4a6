"""The arguments of `labtui compare` and `labtui heat`."""

import argparse

_MARGIN = 0.02
"""`core.compare.verdict.DEFAULT_MARGIN`, named here since `--help` loads no statistics."""
_GATES = "slower,less-accurate,broken,cannot-tell"


def add_compare_options(parser: argparse.ArgumentParser) -> None:
    """Accept what is compared with what, how, and which verdicts end in exit code 1."""
    add = parser.add_argument
    add(
        "words",
        nargs="*",
        metavar="WHAT",
        help="variants (*int8; the first of several is the baseline), a session, or two of them",
    )
    add(
        "--session",
        action="append",
        default=[],
        metavar="S",
        help="id, start of it, tag or last (default); several are taken together",
    )
    add("--device", action="append", default=[], metavar="SEL", help="pixel*, soc:…, serial:…")
    add("--baseline", metavar="VARIANT", help="default: the first of each model in the plan")
    add(
        "--margin",
        type=float,
        default=_MARGIN,
        metavar="SHARE",
        help="differences below it are none; default 0.02 (2 %%)",
    )
    add("--stat", default="p50", choices=("p50", "p90"), help="what a launch is judged by")
    add("--force", action="store_true", help="show numbers that cannot be compared, and why")
    add(
        "--fail-on",
        default="",
        metavar="LIST",
        help=f"exit code 1 if a row is any of {_GATES}",
    )
    add("--markdown", action="store_true", help="a table for a pull request")


def add_heat_options(parser: argparse.ArgumentParser) -> None:
    """Accept whose long runs are looked at."""
    parser.add_argument(
        "session", nargs="?", default="last", help="id, start of it, tag, or last (default)"
    )
    parser.add_argument(
        "--device", action="append", default=[], metavar="SEL", help="pixel*, soc:…, serial:…"
    )
