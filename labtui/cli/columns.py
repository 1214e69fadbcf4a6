"""Tables that leave out columns where the terminal is narrow, and sentences that fit it."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from labtui.cli.output import print_table
from labtui.cli.settings import Settings

NARROW, MEDIUM, WIDE = 80, 120, 200
"""Columns of a terminal from which there is room for more."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[_Row]):
    """One column; its header follows the rules of `output.print_table`."""

    header: str
    cell: Callable[[_Row], str]
    least_width: int = NARROW
    """Of the terminal, for it to be shown."""


def room() -> int:
    """Return how wide lines may get; in a pipe nothing is left out."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE


def room_step() -> int:
    """Return the largest of NARROW, MEDIUM and WIDE that fits; NARROW where none does."""
    return max((step for step in (NARROW, MEDIUM, WIDE) if step <= room()), default=NARROW)


def print_columns(
    columns: Sequence[Column[_Row]], rows: Iterable[_Row], settings: Settings, title: str
) -> None:
    """Print a table of the columns for which there is room."""
    shown = [column for column in columns if column.least_width <= room_step()]
    cells = [[column.cell(row) for column in shown] for row in rows]
    print_table([column.header for column in shown], cells, settings, title=title)


def print_wrapped(lines: Iterable[str], settings: Settings) -> None:
    """Print sentences, each from a new line on."""
    for line in lines:
        text = line.replace("°", "").encode("ascii", "replace").decode()
        for part in textwrap.wrap(text if settings.ascii_only else line, room()) or [""]:
            print(part)  # noqa: T201 (this is the output)
