"""Exports of the history: streaming, in constant memory, whole or not at all."""

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from labtui.core.budget import Budget
from labtui.core.model import SessionUid
from labtui.errors import UsageError
from labtui.ports import History
from labtui.store.export_columns import COLUMNS, Cell, Level
from labtui.store.export_rows import conditions, rows
from labtui.store.export_tables import tiers
from labtui.store.redact import Redact, hide, keep

DOCUMENT_VERSION = 1
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SESSION_PAGE = 100


class Format(StrEnum):
    """Formats of exports."""

    CSV = "csv"
    """One header line, then one line a row; conditions are columns."""
    JSON = "json"
    """One document: what it is, the conditions, the rows."""
    NDJSON = "ndjson"
    """One object a line."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, and how."""

    level: Level
    format: Format
    sessions: tuple[SessionUid, ...] = ()
    """In this order; none = all, newest first."""
    keep_serials: bool = False
    """Show hardware ids; otherwise a device is `<platform>:#<hash>`."""
    budget: Budget | None = None
    """What tiers are made for; no other level takes one."""
    classes: Mapping[str, str] = field(default_factory=dict)
    """Device name -> device class, for tiers; a device that is not named is a class of its own."""

    def __post_init__(self) -> None:
        """Raise UsageError for tiers without a budget, and for a budget without tiers."""
        if self.level is Level.TIERS and self.budget is None:
            raise UsageError("Tiers are made for a budget: add --budget-ms or --fps.")
        if self.level is not Level.TIERS and (self.budget or self.classes):
            raise UsageError("A budget and device classes go with --level tiers only.")


def export_to_file(history: History, request: ExportRequest, path: Path) -> None:
    """Write an export to a file, which appears whole or, on any error, not at all.

    Raises StoreError when the history cannot be read, UsageError when the file cannot be written.
    """
    try:
        with _replacing(path) as out:
            export_to_stream(history, request, out)
    except OSError as error:
        raise UsageError(f"The export cannot be written to {path}: {error.strerror}.") from error


def export_to_stream(history: History, request: ExportRequest, out: TextIO) -> None:
    """Write an export to an open stream. Raises StoreError, OSError."""
    _WRITERS[request.format](history, request, out)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Write beside `path`, then move over it once everything is on disk."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("x", encoding="utf-8", newline="") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_csv(history: History, request: ExportRequest, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS[request.level])
    writer.writerows(map(_csv_cell, row) for row in _rows(history, request))


def _csv_cell(cell: Cell) -> Cell:
    """Return what a spreadsheet shows as it stands: no text becomes a formula."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _write_ndjson(history: History, request: ExportRequest, out: TextIO) -> None:
    out.writelines(f"{line}\n" for line in _objects(history, request))


def _write_json(history: History, request: ExportRequest, out: TextIO) -> None:
    under = [asdict(c) for c in conditions(history, _sessions(history, request), _redact(request))]
    out.write(f'{{"labtui_export":{DOCUMENT_VERSION},"level":"{request.level}",\n')
    out.write(f'"conditions":{json.dumps(under)},\n"rows":[')
    separator = "\n"
    for line in _objects(history, request):
        out.write(f"{separator}{line}")
        separator = ",\n"
    out.write("\n]}\n")


def _objects(history: History, request: ExportRequest) -> Iterator[str]:
    names = COLUMNS[request.level]
    for row in _rows(history, request):
        yield json.dumps(dict(zip(names, row, strict=True)), separators=(",", ":"))


def _rows(history: History, request: ExportRequest) -> Iterator[tuple[Cell, ...]]:
    sessions, redact = _sessions(history, request), _redact(request)
    if request.budget is not None:
        return tiers(history, sessions, redact, request.budget, request.classes)
    return rows(history, request.level, sessions, redact)


def _redact(request: ExportRequest) -> Redact:
    return keep if request.keep_serials else hide


def _sessions(history: History, request: ExportRequest) -> Sequence[SessionUid]:
    """Return the sessions asked for, or all."""
    found = list(request.sessions)
    if request.sessions:
        return found
    while page := history.sessions(_SESSION_PAGE, found[-1] if found else None):
        found += [row.session for row in page]
    return found


_WRITERS: dict[Format, Callable[[History, ExportRequest, TextIO], None]] = {
    Format.CSV: _write_csv,
    Format.JSON: _write_json,
    Format.NDJSON: _write_ndjson,
}
