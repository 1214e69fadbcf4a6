"""Which rows of a table are shown and in which order. No widget in here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.filter import Filter
from labtui.tui.cells import Column, Row
from labtui.tui.units import NOTHING

ASCENDING, DESCENDING = "▲", "▼"

_NUMBER = re.compile(r"([-+]?\d[\d\u00a0]*\.?\d*) ?(k|M|kB|MB|GB)?\b")
_FACTORS = {"k": 1e3, "M": 1e6, "kB": 1e3, "MB": 1e6, "GB": 1e9}


@dataclass(frozen=True, slots=True)
class Order:
    """By which column rows are sorted."""

    column: int
    is_descending: bool = False

    @property
    def mark(self) -> str:
        """What stands beside the column's title."""
        return DESCENDING if self.is_descending else ASCENDING

    def reversed(self) -> "Order":
        """Return the other direction."""
        return Order(self.column, not self.is_descending)


def arranged(
    rows: Sequence[Row], columns: Sequence[Column], wanted: Filter, order: Order | None
) -> list[Row]:
    """Return the rows that match, in order; rows of equal cells stay as they were."""
    shown = [row for row in rows if wanted.matches(fields(row, columns))] if wanted else list(rows)
    return shown if order is None else _sorted(shown, columns[order.column], order)


def fields(row: Row, columns: Sequence[Column]) -> dict[str, Sequence[str]]:
    """Return what a filter finds in a row: its cells by title, and what it has besides."""
    cells = {c.title.lower(): (text.text,) for c, text in zip(columns, row.cells, strict=True)}
    return {**cells, **dict(row.words)}


def _sorted(rows: Sequence[Row], column: Column, order: Order) -> list[Row]:
    """Sort by what is shown, so that rows do not change places for no visible reason."""
    keys = {row.key: _sort_key(row.cells[order.column].text, column.is_right) for row in rows}
    known = [row for row in rows if keys[row.key] is not None]
    known.sort(key=lambda row: keys[row.key] or (0.0, ""), reverse=order.is_descending)
    return [*known, *(row for row in rows if keys[row.key] is None)]


def _sort_key(text: str, is_number: bool) -> tuple[float, str] | None:
    """Return what a cell sorts by; None if it shows nothing: such rows are always last."""
    if not text.strip() or text == NOTHING:
        return None
    return (number(text), "") if is_number else (0.0, text.casefold())


def number(text: str) -> float:
    """Return the number a cell begins with: `48 213`, `33.0 GB`, `4 (1 failed)`."""
    found = _NUMBER.match(text)
    if found is None:
        return 0.0
    return float(found[1].replace("\u00a0", "")) * _FACTORS.get(found[2] or "", 1.0)
