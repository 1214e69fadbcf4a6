"""Op profiles: the tables of --enable_op_profiling, set with tabs or as CSV.

Columns are found by their headings, since generations differ (the start column went away). A
table counts only when as many nodes are listed as were executed: half a table is no profile.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from labtui.core.logs.benchmark_model.numbers import NUMBER, ms_to_ns
from labtui.core.logs.benchmark_model.runs import (
    LatencyStats,
    OpProfile,
    ProfiledOp,
    ProfiledType,
    ProfilePhase,
)
from labtui.core.logs.benchmark_model.stats import parse_stats
from labtui.core.text import clean

MAX_NAME = 200

_PHASES = (
    (re.compile(r"Profiling Info for Benchmark Initialization"), ProfilePhase.INITIALIZATION),
    (
        re.compile(r"(?:Operator-wise )?Profiling Info for Regular Benchmark Runs"),
        ProfilePhase.INFERENCE,
    ),
)
_GRAPHS = (
    (re.compile(r"Primary graph \("), ""),
    (re.compile(r"Subgraph \(index: (\d{1,4}), name: [^)]{0,200}\) profile:"), "subgraph "),
    (re.compile(r"Delegate internal:"), "delegate"),
)
_TITLE = re.compile(r"={10,60} (Run Order|Top by [\w ]{1,40}|Summary by node type) ={10,60}")
_EXECUTED = re.compile(r"Number of nodes executed: (\d{1,9})")
_TOTAL = re.compile(r"(?:Subgraph \(.{1,300}\) )?Timings \(microseconds\): (count=.{1,400})")
_HEADING = re.compile(r"\[?node type\]?[\t ,]", re.IGNORECASE)
_NUMBER = re.compile(NUMBER)


@dataclass(slots=True)
class _Table:
    """One graph's tables while they are read."""

    phase: ProfilePhase
    graph: str
    ops: list[ProfiledOp] = field(default_factory=list)
    types: list[ProfiledType] = field(default_factory=list)
    executed: int | None = None
    total: LatencyStats | None = None

    def finished(self) -> OpProfile | None:
        """Return the profile; None if anything of it is missing."""
        counted = sum(row.count for row in self.types)
        if not self.executed or not self.executed == len(self.ops) == counted:
            return None
        return OpProfile(self.phase, self.graph, tuple(self.ops), tuple(self.types), self.total)


def find_profiles(lines: Iterable[str]) -> tuple[OpProfile, ...]:
    """Return every whole profile of the lines, initialization before inference."""
    return tuple(profile for table in _tables(lines) if (profile := table.finished()))


def _tables(lines: Iterable[str]) -> Iterator[_Table]:
    phase, graph, title = ProfilePhase.INFERENCE, "", ""
    columns: Sequence[str] = ()
    table: _Table | None = None
    for line in lines:
        text = line.strip()
        phase, graph = _place(text, phase, graph)
        if heading := _TITLE.fullmatch(text):
            title, columns = heading[1], ()
            if title == "Run Order":
                if table:
                    yield table
                table = _Table(phase, graph)
        elif table and _HEADING.match(text):
            columns = _columns(text)
        elif table:
            _read_row(table, title, columns, text)
    if table:
        yield table


def _place(text: str, phase: ProfilePhase, graph: str) -> tuple[ProfilePhase, str]:
    for pattern, named in _PHASES:
        if pattern.match(text):
            return named, ""
    for pattern, prefix in _GRAPHS:
        if match := pattern.match(text):
            return phase, prefix + "".join(match.groups())
    return phase, graph


def _columns(heading: str) -> tuple[str, ...]:
    """Return the headings in small letters, e.g. `node type` and `avg ms`."""
    in_brackets = re.findall(r"\[([^\]\t]{1,30})\]", heading)
    names = in_brackets or heading.split(",")
    return tuple(name.strip().lower().replace("_", " ") for name in names)


def _read_row(table: _Table, title: str, columns: Sequence[str], text: str) -> None:
    """Take a row, or one of the lines between the tables."""
    cells = dict(zip(columns, _cells(text, len(columns)), strict=False))
    if executed := _EXECUTED.fullmatch(text):
        table.executed = int(executed[1])
    elif total := _TOTAL.fullmatch(text):
        table.total = parse_stats(total[1])
    elif len(cells) < len(columns) or not columns:
        return
    elif title == "Run Order":
        table.ops.extend(_op(cells))
    elif title == "Summary by node type":
        table.types.extend(_type(cells))


def _cells(text: str, count: int) -> list[str]:
    """Split a row; the last cell is a name and may hold any separator."""
    if count == 0:
        return []
    for separator in ("\t", ", "):
        if separator in text and len(cells := text.split(separator, count - 1)) == count:
            return [cell.strip() for cell in cells]
    return text.split(None, count - 1)  # tabs that became spaces on the way


def _op(cells: dict[str, str]) -> Iterator[ProfiledOp]:
    mean_ns, times = _ms(cells.get("avg ms")), _integer(cells.get("times called"))
    if mean_ns is not None and times is not None:
        name, first_ns = clean(cells.get("name", ""), MAX_NAME), _ms(cells.get("first"))
        yield ProfiledOp(clean(cells["node type"]), name, mean_ns, first_ns, times)


def _type(cells: dict[str, str]) -> Iterator[ProfiledType]:
    mean_ns, count = _ms(cells.get("avg ms")), _integer(cells.get("count"))
    share = _percent(cells.get("avg %"))
    if mean_ns is not None and count is not None and share is not None:
        yield ProfiledType(clean(cells["node type"]), count, mean_ns, share)


def _ms(cell: str | None) -> int | None:
    return ms_to_ns(cell) if cell and _NUMBER.fullmatch(cell) else None


def _integer(cell: str | None) -> int | None:
    return int(cell) if cell and re.fullmatch(r"\d{1,9}", cell) else None


def _percent(cell: str | None) -> float | None:
    digits = (cell or "").removesuffix("%")
    share = float(digits) / 100 if _NUMBER.fullmatch(digits) else math.nan
    return share if math.isfinite(share) else None
