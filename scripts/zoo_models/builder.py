"""Makes the cells of a matrix, each in a process of its own; goes on where it stopped."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.zoo_models import outcomes
from scripts.zoo_models.matrix import Cell, digest
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.process import Limits, run
from scripts.zoo_models.recipes import RECIPES
from scripts.zoo_models.tools import conditions

ROOT = Path(__file__).resolve().parents[2]
_CHILD = "scripts.zoo_models.child"
_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Order:
    """Where and under which limits variants are made."""

    out: Path
    zoo: Path = RECIPES
    limits: Limits = field(default_factory=Limits)
    again: bool = False
    """Make what is there as well."""


def build(matrix: Sequence[Cell], order: Order) -> list[Outcome]:
    """Make every cell that is not made and tell of each as it ends; no end of one ends all."""
    order.out.mkdir(parents=True, exist_ok=True)
    return list(_told(matrix, order))


def wanted_digest(cell: Cell) -> str:
    """Return the digest of the cell under the tools that are installed."""
    return digest(cell, conditions(cell.model, cell.recipe.format))


def _told(matrix: Sequence[Cell], order: Order) -> Iterator[Outcome]:
    for number, cell in enumerate(matrix, start=1):
        outcome = _made(cell, order)
        line = f"[{number}/{len(matrix)}] {cell.file_name}: {_line(outcome)}"
        print(line, file=sys.stderr, flush=True)
        yield outcome


def _made(cell: Cell, order: Order) -> Outcome:
    path = outcomes.outcome_path(order.out, cell)
    known, wanted = outcomes.load(path), wanted_digest(cell)
    has_file = (order.out / cell.file_name).exists()
    if order.again or known is None or known.digest != wanted:
        return _fresh(cell, order, wanted)
    if outcomes.is_final(known, has_file):
        return known
    if has_file and known.state is State.UNVERIFIED:
        checked = replace(_fresh(cell, order, wanted, "--is-there"), seconds=known.seconds)
        outcomes.save(path, checked)
        return checked
    return _fresh(cell, order, wanted)


def _fresh(cell: Cell, order: Order, wanted: str, *options: str) -> Outcome:
    """Run the child; what it does not live to tell is told for it."""
    path = outcomes.outcome_path(order.out, cell)
    path.unlink(missing_ok=True)
    log = order.out / ".logs" / f"{cell.file_name}.log"
    cause = run([_CHILD, *_arguments(cell, order), *options], log, order.limits, ROOT)
    made = outcomes.load(path)
    if made is not None and not cause:
        return made
    killed = Outcome(cell.name, cell.recipe.id, wanted, State.KILLED, cause or "left no outcome")
    outcomes.save(path, killed)
    return killed


def _arguments(cell: Cell, order: Order) -> list[str]:
    shape = ["--size", str(cell.shape.size), "--batch", str(cell.shape.batch)]
    folders = ["--zoo", str(order.zoo.resolve()), "--out", str(order.out.resolve())]
    return [cell.model.name, cell.recipe.id, *shape, *folders]


def _line(outcome: Outcome) -> str:
    snr = f", {outcome.golden_snr_db:.1f} dB" if outcome.golden_snr_db is not None else ""
    reason = f": {outcome.reason[:_REASON_CHARS]}" if outcome.reason else ""
    return f"{outcome.state} in {outcome.seconds:.0f} s{snr}{reason}"
