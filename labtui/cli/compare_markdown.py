"""Verdicts as Markdown, for a pull request."""

import re
from collections.abc import Iterable, Sequence

from labtui.cli.compare_text import device_text, points, row_text
from labtui.cli.output import ms
from labtui.core.compare.standing import Stat
from labtui.core.compare.table import Row
from labtui.core.compare.wording import interval_text, percent_text, word_text

_HEADERS = (
    "device", "variant", "verdict", "time %", "95 %", "p90: time %", "p50 ms", "top-1 points",
)  # fmt: skip
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")


def print_markdown(rows: Sequence[Row], margin: float, *, forced: bool) -> None:
    """Print a table, and below it a sentence for each row that has something to say."""
    lines = [_line(_HEADERS), _line(["---"] * len(_HEADERS)), *map(_row, rows), ""]
    lines += [
        f"- {escaped(f'{device_text(row)}: {text}')}"
        for row in rows
        if (text := row_text(row, margin, forced=forced))
    ]
    print("\n".join(lines))  # noqa: T201 (this is the output)


def escaped(text: str) -> str:
    """Return text in which nothing is markup: names come from phones and files."""
    return _SPECIAL.sub(r"\\\1", text)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(row: Row) -> str:
    judged = row.believed
    p90 = row.standing.p90 if row.standing and judged else None
    cells = (
        device_text(row),
        row.evidence.variant.name,
        word_text(row),
        "-" if judged is None else percent_text(judged.ratio),
        "-" if judged is None else interval_text(judged),
        "-" if p90 is None else f"{percent_text(p90.ratio)} {interval_text(p90)}",
        ms(row.evidence.median_ns(Stat.P50)),
        points(row),
    )
    return _line(map(escaped, cells))
