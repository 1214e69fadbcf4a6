"""A log -> the lines of each run: without prefixes, repeats and blank lines, cut end marked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from labtui.core.logs.prefixes import strip_prefixes

MAX_LINES = 500_000
MAX_LINE = 65_536
"""A delegate's row in a profile names all of its outputs."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the tool."""

    text: str
    is_error: bool | None = None
    """None where the log tells no levels."""
    is_cut: bool = False
    """The log ends in it: its last word is gone, and so may be more."""


class _Mark(NamedTuple):
    """A line that shows how far a run has come."""

    name: str
    rank: int
    """Lines of a run come in the order of rank; None of its marks goes back."""
    is_once: bool
    pattern: re.Pattern[str]


_MARKS = (
    _Mark("start", 0, True, re.compile(r"STARTING!")),
    _Mark("arguments", 0, True, re.compile(r"Running TensorFlow Lite benchmark with args")),
    _Mark("parameters", 1, True, re.compile(r"Log parameter values verbosely")),
    _Mark("loaded", 2, True, re.compile(r"Loaded model |Loading model from")),
    _Mark("initialized", 3, True, re.compile(r"Initialized session in")),
    _Mark("phase", 4, False, re.compile(r"Running benchmark for at least")),
    _Mark("stats", 4, False, re.compile(r"count=\d")),
    _Mark("summary", 5, True, re.compile(r"(?:Average i|I)nference timings in us:")),
    _Mark("results", 5, True, re.compile(r"=* ?BENCHMARK RESULTS\b")),
    _Mark("failed", 6, True, re.compile(r"Benchmarking failed")),
)


def read_lines(text: str) -> list[LogLine]:
    """Return the lines that say something; one printed twice in a row (to two logs) counts once.

    A text that does not end in a line break was cut: the last line loses its last word.
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)[:MAX_LINES]
    kept: list[LogLine] = []
    for line in _log_lines(whole):
        is_repeat = kept and kept[-1].text == line.text and "\t" not in line.text
        if line.text.strip() and not is_repeat:
            kept.append(line)
    return kept


def _log_lines(whole: list[str]) -> Iterator[LogLine]:
    """Strip each line; whatever follows the last line break is the cut one."""
    for line in whole[:-1]:
        stripped = strip_prefixes(line[:MAX_LINE])
        yield LogLine(stripped.text, stripped.is_error, is_cut=len(line) > MAX_LINE)
    last = whole[-1][:MAX_LINE]
    tail = strip_prefixes(last[: max(last.rfind(" "), last.rfind("\t")) + 1])
    yield LogLine(tail.text, tail.is_error, is_cut=True)


def split_runs(lines: Iterable[LogLine]) -> list[list[LogLine]]:
    """Cut the lines where a run begins anew: a mark that goes back, or comes a second time."""
    runs: list[list[LogLine]] = [[]]
    seen: set[str] = set()
    rank = 0
    for line in lines:
        mark = next((m for m in _MARKS if m.pattern.match(line.text)), None)
        if mark and (mark.rank < rank or (mark.is_once and mark.name in seen)):
            runs.append([])
            seen.clear()
            rank = 0
        if mark:
            seen.add(mark.name)
            rank = mark.rank
        runs[-1].append(line)
    return runs
