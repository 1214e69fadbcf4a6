"""Words -> arguments: variables, command substitution, splitting, globbing."""

import fnmatch
from typing import Protocol

from labtui.virtual.files import PhoneFiles
from labtui.virtual.shell.syntax import Literal, Part, Script, Substitution, Variable, Word

_ALL_ARGUMENTS = (Literal("", True), Variable("@", True))
"""`"$@"`"""
_GLOB_CHARS = frozenset("*?[")
_Piece = tuple[str, bool]
"""Text of an argument and whether it was quoted."""


class Scope(Protocol):
    """What expansion needs of the running shell."""

    @property
    def cwd(self) -> str:
        """Current folder."""
        ...

    @property
    def files(self) -> PhoneFiles:
        """The phone's files."""
        ...

    @property
    def arguments(self) -> tuple[str, ...]:
        """`$1`, `$2` and so on."""
        ...

    def value(self, name: str) -> str:
        """Return a variable's value, empty when unset."""
        ...

    async def capture(self, script: Script) -> str:
        """Run a script and return its output without the newlines at its end."""
        ...


async def expand_words(words: tuple[Word, ...], scope: Scope) -> list[str]:
    """Return the arguments that words stand for."""
    return [argument for word in words for argument in await _expand_word(word, scope)]


async def expand_text(word: Word, scope: Scope) -> str:
    """Return the one text a word stands for, as in assignments and redirections."""
    return "".join([await _text(part, scope) for part in word.parts])


async def _expand_word(word: Word, scope: Scope) -> list[str]:
    if word.parts == _ALL_ARGUMENTS:
        return list(scope.arguments)
    fields: list[list[_Piece]] = [[]]
    for part in word.parts:
        text = await _text(part, scope)
        if isinstance(part, Literal) or part.is_quoted:
            fields[-1].append((text, part.is_quoted))
        else:
            _split_into(fields, text)
    return [match for field in fields if field for match in _globbed(field, scope)]


async def _text(part: Part, scope: Scope) -> str:
    match part:
        case Literal(text):
            return text
        case Substitution(body):
            return await scope.capture(body)
        case Variable(name, _, default):
            value = scope.value(name)
            return value if value or default is None else await expand_text(default, scope)


def _split_into(fields: list[list[_Piece]], text: str) -> None:
    """Split unquoted text at blanks; the first and last piece join their neighbours."""
    words = text.split()
    if text[:1].isspace() and fields[-1]:
        fields.append([])
    for index, word in enumerate(words):
        if index:
            fields.append([])
        fields[-1].append((word, False))
    if words and text[-1].isspace():
        fields.append([])


def _globbed(field: list[_Piece], scope: Scope) -> list[str]:
    plain = "".join(text for text, _ in field)
    if not any(char in _GLOB_CHARS for text, quoted in field if not quoted for char in text):
        return [plain]
    pattern = "".join(_escaped(text) if quoted else text for text, quoted in field)
    return _matches(pattern, scope) or [plain]


def _escaped(text: str) -> str:
    return "".join(f"[{char}]" if char in _GLOB_CHARS else char for char in text)


def _matches(pattern: str, scope: Scope) -> list[str]:
    """Return the paths that match, sorted; folder by folder."""
    found = ["/"] if pattern.startswith("/") else [""]
    for name in filter(None, pattern.split("/")):
        found = [path for folder in found for path in _in_folder(folder, name, scope)]
    return [path.rstrip("/") for path in found]


def _in_folder(folder: str, pattern: str, scope: Scope) -> list[str]:
    where = scope.files.normalize(folder, scope.cwd)
    if not any(char in _GLOB_CHARS for char in pattern):
        return [f"{folder}{pattern}/"] if scope.files.exists(f"{where}/{pattern}") else []
    try:
        names = scope.files.listdir(where)
    except OSError:
        return []
    return [
        f"{folder}{name}/"
        for name in names
        if fnmatch.fnmatchcase(name, pattern) and name.startswith(".") <= pattern.startswith(".")
    ]
