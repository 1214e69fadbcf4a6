"""The command line of `scripts/zoo`: list the matrix, build it, rebuild the demo's part of it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.zoo_models import demo
from scripts.zoo_models.builder import ROOT, Order, build
from scripts.zoo_models.matrix import Cell, NothingSelected, cells, choose_models, choose_recipes
from scripts.zoo_models.outcomes import Outcome, State, totals
from scripts.zoo_models.process import Limits
from scripts.zoo_models.recipes import RECIPES, BadZooFile, load_models, load_recipes
from scripts.zoo_models.table import table

_BAD = {State.FAILED, State.KILLED}
_WRONG_USAGE = 2


def main(argv: Sequence[str]) -> int:
    """Return 0, 1 if a variant failed or was killed, 2 for a wrong selection or file."""
    asked = _parser().parse_args(argv)
    try:
        status: int = asked.run(asked)
    except (BadZooFile, NothingSelected) as error:
        print(error, file=sys.stderr)
        return _WRONG_USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/zoo", description=__doc__)
    commands = parser.add_subparsers(required=True)
    lister = commands.add_parser("list", help="print the variants that a build would make")
    lister.set_defaults(run=_list)
    builder = commands.add_parser("build", help="make variants; what is there stays")
    builder.set_defaults(run=_build)
    for command in (lister, builder):
        _add_selection(command)
    demonstrator = commands.add_parser("demo", help="rebuild the variants that come with labtui")
    demonstrator.add_argument("--into", type=Path, default=demo.FOLDER, help="folder to renew")
    demonstrator.set_defaults(run=_demo)
    for command in (builder, demonstrator):
        command.add_argument("--out", type=Path, default=ROOT / ".zoo", help="folder to fill")
        command.add_argument("--memory-gb", type=float, default=8.0, help="of one conversion")
        command.add_argument("--time-s", type=float, default=1800.0, help="of one conversion")
        command.add_argument("--again", action="store_true", help="make what is there as well")
    return parser


def _add_selection(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", default="*", help="shell patterns, comma-separated")
    command.add_argument("--recipes", default="*", help="like tflite/*,coreml/pal?")
    command.add_argument("--sizes", type=_numbers, default=(), help="like 224,384")
    command.add_argument("--batches", type=_numbers, default=(1,), help="like 1,4")
    command.add_argument("--zoo", type=Path, default=RECIPES, help="folder of TOML files")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _matrix(asked: argparse.Namespace) -> tuple[Cell, ...]:
    models = choose_models(load_models(asked.zoo), asked.models)
    recipes = choose_recipes(load_recipes(asked.zoo), asked.recipes)
    return cells(models, recipes, asked.sizes, asked.batches)


def _list(asked: argparse.Namespace) -> int:
    for cell in _matrix(asked):
        print(f"{cell.file_name:44} {cell.recipe.summary}")
    return 0


def _build(asked: argparse.Namespace) -> int:
    return _tell(build(_matrix(asked), _order(asked, asked.zoo)))


def _demo(asked: argparse.Namespace) -> int:
    found = build(demo.matrix(), _order(asked, RECIPES))
    status = _tell(found)
    problems = demo.problems(found, asked.out)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        demo.install(found, asked.out, asked.into)
    return status or int(bool(problems))


def _order(asked: argparse.Namespace, zoo: Path) -> Order:
    return Order(asked.out, zoo, Limits(asked.memory_gb, asked.time_s), asked.again)


def _tell(found: Sequence[Outcome]) -> int:
    print(table(found))
    print(totals(found), file=sys.stderr)
    return int(any(outcome.state in _BAD for outcome in found))
