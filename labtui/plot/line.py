"""Rendered lines: runs of text of one ink."""

from enum import IntEnum
from itertools import groupby
from typing import NamedTuple


class Ink(IntEnum):
    """What a character stands for; the widget turns it into a colour."""

    BLANK = 0
    AXIS = 1
    LINE = 2
    OUTLIER = 3
    MARK = 4
    RULE = 5
    HEAT = 6
    THROTTLED = 7
    VALUE = 8
    CLIPPED = 9
    CURSOR = 10
    LIMIT = 11


class Pen(NamedTuple):
    """Ink, and the number of the variant for inks that have one."""

    ink: Ink
    tone: int = 0


class Run(NamedTuple):
    """Neighbouring characters of one pen."""

    text: str
    pen: Pen


Line = tuple[Run, ...]

BLANK = Pen(Ink.BLANK)
AXIS = Pen(Ink.AXIS)


def join(cells: list[tuple[str, Pen]]) -> Line:
    """Return cells (of any number of characters) as runs."""
    return tuple(
        Run("".join(text for text, _ in group), pen)
        for pen, group in groupby(cells, key=lambda cell: cell[1])
    )


def text(line: Line) -> str:
    """Return the characters of a line."""
    return "".join(run.text for run in line)


def crossed(line: Line, at: int, upright: str) -> Line:
    """Return a line under a cursor: what is at a place stands out, a blank shows `upright`."""
    crossing: list[tuple[str, Pen]] = []
    start = 0
    for run in line:
        end = start + len(run.text)
        if start <= at < end:
            inside = at - start
            before, char, after = run.text[:inside], run.text[inside], run.text[inside + 1 :]
            shown = upright if char.isspace() else char
            crossing += [(before, run.pen), (shown, Pen(Ink.CURSOR)), (after, run.pen)]
        else:
            crossing.append(run)
        start = end
    return tuple(Run(words, pen) for words, pen in crossing if words)


def write(cells: list[tuple[str, Pen]], at: int, words: str, pen: Pen) -> None:
    """Write over cells from position `at`; what does not fit is cut off."""
    for offset, char in enumerate(words):
        if 0 <= at + offset < len(cells):
            cells[at + offset] = (char, pen)
