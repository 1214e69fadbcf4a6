"""Which line of a TOML text a key stands in; the standard library's reader does not tell."""

import re
from collections import Counter
from collections.abc import Iterator

Place = tuple[str, ...]
"""A key below its table: `("plan", "seed")`, `("variant", "0", "file")`."""

_TABLE = re.compile(r"\s*\[\s*(?P<name>[^\[\]]+?)\s*\]\s*(?:#.*)?")
_ITEM = re.compile(r"\s*\[\[\s*(?P<name>[^\[\]]+?)\s*\]\]\s*(?:#.*)?")
_KEY = re.compile(r"""\s*(?P<key>[A-Za-z0-9_.-]+|"[^"\\]*"|'[^']*')\s*=""")
_FENCES = ('"""', "'''")


def find_lines(text: str) -> dict[Place, int]:
    """Return the line, from 1, of each table and key of a valid text; plain keys only."""
    places: dict[Place, int] = {}
    table: Place = ()
    counts: Counter[str] = Counter()
    for number, line in _outside_of_strings(text):
        if match := _ITEM.fullmatch(line):
            name = match["name"]
            table = (name, str(counts[name]))
            counts[name] += 1
            places[table] = number
            places.setdefault((name,), number)
        elif match := _TABLE.fullmatch(line):
            table = (match["name"],)
            places[table] = number
        elif match := _KEY.match(line):
            places.setdefault((*table, match["key"].strip("\"'")), number)
    return places


def _outside_of_strings(text: str) -> Iterator[tuple[int, str]]:
    """Yield numbered lines that do not begin inside a string of several lines."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not fence:
            yield number, line
        for mark in _FENCES:
            if line.count(mark) % 2 and fence in ("", mark):
                fence = "" if fence else mark
                break
