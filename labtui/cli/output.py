"""stdout is data, stderr is for people: tables, versioned JSON documents, event lines."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from labtui import __version__
from labtui.cli.settings import Settings

SCHEMA = 1
_PIPE_WIDTH = 1000
"""Wide enough that no cell is ever cut where a program reads."""


def plain(value: Any) -> Any:
    """Return dataclasses, enums and tuples as what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def print_document(kind: str, **fields: Any) -> None:
    """Print one JSON document: `schema`, `kind`, `labtui` and the fields."""
    record = {"schema": SCHEMA, "kind": kind, "labtui": __version__, **plain(fields)}
    print(json.dumps(record, indent=2))  # noqa: T201 (this is the output)


def print_line(kind: str, **fields: Any) -> None:
    """Print one JSON line of a stream, at once."""
    record = {"schema": SCHEMA, "kind": kind, **plain(fields)}
    _write_whole(json.dumps(record, separators=(",", ":")) + "\n")


def _write_whole(text: str) -> None:
    """Write to stdout until all of it is out.

    With PYTHONUNBUFFERED, `print` forgets the rest when a signal comes while a pipe is full.
    """
    left = memoryview(text.encode())
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Tell the person something that is not data."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (this is the output)


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], settings: Settings, title: str = ""
) -> None:
    """Print an aligned table; columns whose header ends in a unit or number are right-aligned.

    Cells are plain text: device names and logs cannot smuggle in markup.
    """
    from rich.box import ASCII2, SIMPLE_HEAD  # noqa: PLC0415 (only when a table is printed)
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    is_terminal = sys.stdout.isatty()
    box = ASCII2 if settings.ascii_only else SIMPLE_HEAD
    table = Table(box=box, title=title or None, title_justify="left", pad_edge=False)
    for header in headers:
        right = header.endswith((" ms", " °C", " %", "#", " B"))
        table.add_column(
            Text(header.removesuffix("#")), justify="right" if right else "left", no_wrap=right
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(
        no_color=not settings.color, width=None if is_terminal else _PIPE_WIDTH, highlight=False
    )
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())  # noqa: T201 (this is the output)


def ms(duration_ns: float | None) -> str:
    """Return ns as ms with 3 significant places, or a dash."""
    if duration_ns is None:
        return "-"
    value = duration_ns / 1e6
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def size(count: int | None) -> str:
    """Return bytes as KB, MB or GB of powers of 1000, or a dash."""
    if count is None:
        return "-"
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"


def degrees(temp_c: float | None) -> str:
    """Return a temperature with one decimal, or a dash."""
    return "-" if temp_c is None else f"{temp_c:.1f}"
