"""Characters -> words and operators."""

from collections.abc import Callable

from labtui.virtual.shell.syntax import (
    Literal,
    Part,
    Script,
    ShellSyntaxError,
    Substitution,
    Variable,
    Word,
)

Token = Word | str
"""A word or an operator; the end of the text is the empty string."""

_OPERATORS = (">>", ">&", "<&", "&&", "||", ";", "|", "(", ")", "<", ">", "\n")
_UNSUPPORTED = ("<<", "&", ";;", "`")
_ENDS_WORD = frozenset(" \t\n;|&()<>")
_SPECIAL_NAMES = "?$#@*0123456789"


class Lexer:
    """Reads tokens one at a time, with one token of look-ahead.

    `parse_until_paren` parses the script inside `$( … )`; it is handed in because scripts contain
    words and words contain scripts.
    """

    def __init__(self, text: str, parse_until_paren: "Callable[[Lexer], Script]") -> None:
        self._text = text
        self._at = 0
        self._parse_until_paren = parse_until_paren
        self._ahead: Token | None = None
        self.io_number: int | None = None
        """The digit in front of the redirection that was read last."""
        self.depth = 0
        """How deep the parsers on this text are nested."""

    def peek(self) -> Token:
        """Return the next token without taking it."""
        if self._ahead is None:
            self._ahead = self._next()
        return self._ahead

    def take(self) -> Token:
        """Return the next token."""
        token = self.peek()
        self._ahead = None
        return token

    def _next(self) -> Token:
        self._skip_blanks()
        rest = self._text[self._at : self._at + 2]
        if not rest:
            return ""
        self._take_io_number()
        for operator in _OPERATORS:
            if self._text.startswith(operator, self._at) and not self._text.startswith(
                ("<<", ";;"), self._at
            ):
                self._at += len(operator)
                return operator
        if rest.startswith(_UNSUPPORTED):
            raise ShellSyntaxError(f"'{rest[0]}' unexpected")
        return self._word()

    def _skip_blanks(self) -> None:
        while self._at < len(self._text):
            if self._text[self._at] in " \t":
                self._at += 1
            elif self._text.startswith("\\\n", self._at):
                self._at += 2
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return

    def _take_io_number(self) -> None:
        self.io_number = None
        if self._text[self._at].isdecimal() and self._text[self._at + 1 : self._at + 2] in {
            "<",
            ">",
        }:
            self.io_number = int(self._text[self._at])
            self._at += 1

    def _word(self) -> Word:
        parts: list[Part] = []
        while self._at < len(self._text) and self._text[self._at] not in _ENDS_WORD:
            parts.extend(self._part())
        return Word(_joined(parts))

    def _part(self) -> list[Part]:
        match self._text[self._at]:
            case "'":
                return [Literal(self._until("'"), True)]
            case '"':
                return self._double_quoted()
            case "\\":
                self._at += 2
                return [Literal(self._text[self._at - 1 : self._at], True)]
            case "$":
                return [self._expansion(is_quoted=False)]
            case "`":
                raise ShellSyntaxError("'`' unexpected")
        self._at += 1
        return [Literal(self._text[self._at - 1], False)]

    def _until(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            raise ShellSyntaxError("no closing quote")
        text = self._text[self._at + 1 : end]
        self._at = end + 1
        return text

    def _double_quoted(self) -> list[Part]:
        parts: list[Part] = [Literal("", True)]
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._at += 1
                return parts
            parts.append(self._quoted_part(char))
        raise ShellSyntaxError("no closing quote")

    def _quoted_part(self, char: str) -> Part:
        following = self._text[self._at + 1 : self._at + 2]
        if char == "\\" and following in {"\\", '"', "$", "`", "\n"}:
            self._at += 2
            return Literal("" if following == "\n" else following, True)
        if char == "$":
            return self._expansion(is_quoted=True)
        if char == "`":
            raise ShellSyntaxError("'`' unexpected")
        self._at += 1
        return Literal(char, True)

    def _expansion(self, is_quoted: bool) -> Part:
        rest = self._text[self._at + 1 : self._at + 3]
        if rest == "((":
            raise ShellSyntaxError("'$((' unexpected")
        if rest.startswith("("):
            self._at += 2
            return Substitution(self._parse_until_paren(self), is_quoted)
        if rest.startswith("{"):
            return self._braced(is_quoted)
        if rest and rest[0] in _SPECIAL_NAMES:
            self._at += 2
            return Variable(rest[0], is_quoted)
        self._at += 1
        name = self._name()
        return Variable(name, is_quoted) if name else Literal("$", is_quoted)

    def _name(self) -> str:
        start = self._at
        while self._at < len(self._text) and (self._text[self._at] + "_").isidentifier():
            self._at += 1
        while self._at < len(self._text) and ("_" + self._text[self._at]).isidentifier():
            self._at += 1
        return self._text[start : self._at]

    def _braced(self, is_quoted: bool) -> Variable:
        end = self._text.find("}", self._at)
        inside = self._text[self._at + 2 : end] if end > 0 else ""
        name, separator, default = inside.partition(":-")
        if not (name.isidentifier() or (len(name) == 1 and name in _SPECIAL_NAMES)):
            raise ShellSyntaxError("bad substitution")
        self._at = end + 1
        word = Word((Literal(default, True),)) if separator else None
        return Variable(name, is_quoted, word)


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """Join neighbouring literals of one kind."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            isinstance(part, Literal)
            and isinstance(last, Literal)
            and part.is_quoted == last.is_quoted
        ):
            joined[-1] = Literal(last.text + part.text, part.is_quoted)
        else:
            joined.append(part)
    return tuple(joined)
