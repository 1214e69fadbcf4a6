"""What became of each cell of the matrix, kept beside the variants."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from scripts.zoo_models.matrix import Cell

_FOLDER = ".outcomes"


class State(StrEnum):
    """How making a variant ended."""

    MADE = "made"
    UNVERIFIED = "unverified"
    """Made, but nothing here can run the format."""
    FAILED = "failed"
    """Made, but too far from the float net; it lies in `failed/`."""
    REFUSED = "refused"
    """The converter, or the net at this size, said no."""
    KILLED = "killed"
    """The conversion took too much memory or time, or died."""


_RECURRING = {State.FAILED, State.REFUSED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One cell's line."""

    variant: str
    recipe: str
    digest: str
    state: State
    reason: str = ""
    size_bytes: int = 0
    seconds: float = 0.0
    peak_rss_mb: int = 0
    ops_quantized: int = 0
    ops_total: int = 0
    ops_left: tuple[tuple[str, int], ...] = ()
    snr_db: float | None = None
    golden_snr_db: float | None = None
    agreement: float | None = None
    top1: float | None = None


def outcome_path(out: Path, cell: Cell) -> Path:
    """Return where a cell's outcome is kept."""
    return out / _FOLDER / f"{cell.file_name}.json"


def save(path: Path, outcome: Outcome) -> None:
    """Write an outcome at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(outcome), indent=1) + "\n")
    unfinished.replace(path)


def load(path: Path) -> Outcome | None:
    """Return a kept outcome; None: there is none, or an older zoo wrote it."""
    try:
        values = json.loads(path.read_text())
        left = tuple((name, count) for name, count in values.pop("ops_left"))
        return Outcome(**(values | {"state": State(values["state"]), "ops_left": left}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_final(outcome: Outcome, has_file: bool) -> bool:
    """Tell whether making the same again would end the same."""
    return has_file if outcome.state is State.MADE else outcome.state in _RECURRING


def totals(outcomes: Iterable[Outcome]) -> str:
    """Return one line: how many ended how."""
    found = [outcome.state for outcome in outcomes]
    return ", ".join(f"{found.count(state)} {state}" for state in State if state in found)
