"""The live filter of tables: words that must all match; `key:pattern` looks into one field."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labtui.core.select import slug

Fields = Mapping[str, Sequence[str]]
"""Texts of one row, by key in lower case."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Words as typed, e.g. `device:pix variant:int8 throttled`; none match everything."""

    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    def matches(self, fields: Fields) -> bool:
        """Tell whether every word is found.

        A word is a part of a text, or a pattern for all of it if it has `*` or `?`. A key that
        the row does not have is no key: `10:15` is looked for as it stands.
        """
        return all(_is_found(word, fields) for word in self.text.split())


def _is_found(word: str, fields: Fields) -> bool:
    key, colon, pattern = word.partition(":")
    if colon and key.lower() in fields:
        return any(_fits(text, pattern) for text in fields[key.lower()])
    return any(_fits(text, word) for texts in fields.values() for text in texts)


def _fits(text: str, pattern: str) -> bool:
    if not pattern or pattern.casefold() in text.casefold():
        return True
    folded = slug(pattern)
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(slug(text), folded)
    return folded != "" and folded in slug(text)
