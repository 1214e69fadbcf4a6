"""Rows and columns of the tables, and how columns share the width. No widget in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from labtui.core.text import clean
from labtui.tui.theme import Tone

GAP = 2
"""Spaces between columns where there is room; one where there is not."""
PARAGRAPH_WIDTH = 50
"""What is left of a dialog on the narrowest screen, beside the label."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    least: int
    """Width it is not made narrower than."""
    most: int
    """Widest; the column takes what its texts need up to here."""
    is_right: bool = False
    can_shrink: bool = False
    """Whether texts may be cut down to `least` before another column is dropped."""
    rank: int = 0
    """Columns of the highest rank go first when there is no room; rank 0 always stays."""
    is_drawing: bool = False
    """Whether it shows a picture, which nothing is sorted by."""

    @property
    def is_sortable(self) -> bool:
        """Whether rows can be sorted by it."""
        return bool(self.title) and not self.is_drawing


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of one colour."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    key: str
    cells: tuple[Cell, ...]
    is_marked: bool = False
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What a filter finds besides the cells: (key in lower case, texts)."""


def cell(text: str, tone: Tone = Tone.PLAIN, limit: int = 200) -> Cell:
    """Return a cell whose text is harmless and on one line."""
    return Cell(clean(text, limit), tone)


def needed_widths(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """Return how wide each column would like to be."""
    return [
        min(column.most, max([column.least, cell_len(column.title), *_widths(rows, at)]))
        for at, column in enumerate(columns)
    ]


def _widths(rows: Sequence[Row], at: int) -> list[int]:
    return [cell_len(row.cells[at].text) for row in rows]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns are shown, how wide, how far apart."""

    shown: tuple[tuple[int, int], ...]
    """(number of the column, width)."""
    gap: int

    def starts(self) -> list[int]:
        """Return where each column begins, in cells from the first one."""
        ends = accumulate(width + self.gap for _, width in self.shown)
        return [0, *ends][:-1]

    def column_at(self, x: int) -> int | None:
        """Return the number of the column at a place; the gap belongs to the one before."""
        for (number, width), start in zip(self.shown, self.starts(), strict=True):
            if start <= x < start + width + self.gap:
                return number
        return None


def fit(columns: Sequence[Column], needed: Sequence[int], width: int) -> Layout:
    """Drop columns by rank until the others fit, then give room up to what is needed."""
    floors = [c.least if c.can_shrink else n for c, n in zip(columns, needed, strict=True)]
    kept = _that_fit(columns, floors, width)
    if sum(floors[i] + 1 for i in kept) - 1 > width:
        floors = [column.least for column in columns]
    widths = {i: floors[i] for i in kept}
    room = width - sum(widths.values()) - (len(kept) - 1)
    while room > 0 and (hungry := [i for i in kept if widths[i] < needed[i]]):
        for i in hungry[:room]:
            widths[i] += 1
        room -= len(hungry[:room])
    gap = GAP if room >= len(kept) - 1 else 1
    return Layout(tuple((i, widths[i]) for i in kept), gap)


def _that_fit(columns: Sequence[Column], floors: Sequence[int], width: int) -> list[int]:
    """Return the columns that stay; those of rank 0 always do."""
    kept = list(range(len(columns)))
    while sum(floors[i] + 1 for i in kept) - 1 > width:
        worst = max(columns[i].rank for i in kept)
        if worst == 0:
            break
        kept.remove(max(i for i in kept if columns[i].rank == worst))
    return kept


def pad(text: str, width: int, is_right: bool) -> str:
    """Return text of exactly `width` cells; what is too long ends in `…`."""
    if cell_len(text) > width:
        text = set_cell_size(text, max(0, width - 1)) + "…"
    missing = " " * max(0, width - cell_len(text))
    return missing + text if is_right else text + missing


PageLine = tuple[Cell, ...]


def heading(text: str) -> list[PageLine]:
    """Return an empty line and a heading."""
    return [(), (Cell(text.upper(), Tone.MUTED),)]


def entry(label: str, *cells: Cell, width: int = 14) -> PageLine:
    """Return a labelled line."""
    return (cell(f"  {label:<{width}}", Tone.MUTED), *cells)


def paragraph(label: str, text: str, tone: Tone = Tone.PLAIN) -> list[PageLine]:
    """Return a labelled text, broken so that it fits a dialog on the narrowest screen."""
    parts = wrap(clean(text, 400), PARAGRAPH_WIDTH) or [""]
    labels = [label] + [""] * (len(parts) - 1)
    return [entry(name, cell(part, tone)) for name, part in zip(labels, parts, strict=True)]
