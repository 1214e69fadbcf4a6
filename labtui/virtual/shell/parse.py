"""Command line -> tree."""

from labtui.virtual.shell.lex import Lexer, Token
from labtui.virtual.shell.syntax import (
    AndOr,
    Block,
    Command,
    For,
    If,
    Literal,
    Pipeline,
    Redirect,
    Script,
    ShellSyntaxError,
    Simple,
    While,
    Word,
)

_REDIRECTIONS = {"<": 0, "<&": 0, ">": 1, ">>": 1, ">&": 1}
_CLOSING = {"then", "elif", "else", "fi", "do", "done", "}"}
_MAX_DEPTH = 50


def parse_script(text: str) -> Script:
    """Return the tree of a command line. Raises ShellSyntaxError."""
    return _Parser(Lexer(text, _inside_paren)).script(("",))


def _inside_paren(lexer: Lexer) -> Script:
    return _Parser(lexer).script((")",))


class _Parser:
    """Recursive descent over a lexer's tokens."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def script(self, ends: tuple[str, ...]) -> Script:
        """Parse up to and including one of the closing tokens."""
        lines: list[AndOr] = []
        self._lexer.depth += 1
        if self._lexer.depth > _MAX_DEPTH:
            raise ShellSyntaxError("nested too deeply")
        self._skip_separators()
        while not self._is_at(ends):
            lines.append(self._and_or())
            if not self._is_at((*ends, ";", "\n")):
                raise _unexpected(self._lexer.peek())
            self._skip_separators()
        self._lexer.take()
        self._lexer.depth -= 1
        return tuple(lines)

    def _is_at(self, ends: tuple[str, ...]) -> bool:
        token = self._lexer.peek()
        return (token.plain if isinstance(token, Word) else token) in ends

    def _skip_separators(self) -> None:
        while self._lexer.peek() in {";", "\n"}:
            self._lexer.take()

    def _skip_newlines(self) -> None:
        while self._lexer.peek() == "\n":
            self._lexer.take()

    def _and_or(self) -> AndOr:
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while (operator := self._lexer.peek()) in {"&&", "||"}:
            self._lexer.take()
            self._skip_newlines()
            rest.append((str(operator), self._pipeline()))
        return AndOr(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        is_negated = self._took("!")
        commands = [self._command()]
        while self._lexer.peek() == "|":
            self._lexer.take()
            self._skip_newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), is_negated)

    def _took(self, keyword: str) -> bool:
        token = self._lexer.peek()
        found = isinstance(token, Word) and token.plain == keyword
        if found:
            self._lexer.take()
        return found

    def _expect(self, keyword: str) -> None:
        if not self._took(keyword):
            raise _unexpected(self._lexer.peek())

    def _command(self) -> Command:
        return self._compound() or self._simple()

    def _compound(self) -> Command | None:
        if self._lexer.peek() == "(":
            self._lexer.take()
            return Block(self.script((")",)), True, self._redirects())
        if self._took("{"):
            return Block(self.script(("}",)), False, self._redirects())
        if self._took("for"):
            return self._for()
        if self._took("while"):
            condition = self.script(("do",))
            return While(condition, self.script(("done",)), self._redirects())
        if self._took("if"):
            return self._if()
        return None

    def _for(self) -> For:
        name = self._lexer.take()
        if not isinstance(name, Word) or not (name.plain or "").isidentifier():
            raise _unexpected(name)
        self._expect("in")
        words: list[Word] = []
        while isinstance(word := self._lexer.peek(), Word):
            words.append(word)
            self._lexer.take()
        self._skip_separators()
        self._expect("do")
        body = self.script(("done",))
        return For(name.plain or "", tuple(words), body, self._redirects())

    def _if(self) -> If:
        branches: list[tuple[Script, Script]] = []
        otherwise: Script = ()
        closing = "elif"
        while closing == "elif":
            condition = self.script(("then",))
            body, closing = self._branch()
            branches.append((condition, body))
        if closing == "else":
            otherwise = self.script(("fi",))
        return If(tuple(branches), otherwise, self._redirects())

    def _branch(self) -> tuple[Script, str]:
        """Parse what follows `then`; return it with the keyword that ended it."""
        lines: list[AndOr] = []
        self._skip_separators()
        while not self._is_at(("elif", "else", "fi")):
            lines.append(self._and_or())
            self._skip_separators()
        token = self._lexer.take()
        return tuple(lines), token.plain or "" if isinstance(token, Word) else ""

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self._lexer.peek() in _REDIRECTIONS:
            found.append(self._redirect())
        return tuple(found)

    def _redirect(self) -> Redirect:
        operator = str(self._lexer.peek())
        number = self._lexer.io_number
        self._lexer.take()
        target = self._lexer.take()
        if not isinstance(target, Word):
            raise _unexpected(target)
        return Redirect(_REDIRECTIONS[operator] if number is None else number, operator, target)

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            token = self._lexer.peek()
            if token in _REDIRECTIONS:
                redirects.append(self._redirect())
            elif not isinstance(token, Word):
                break
            elif not words and (assignment := _assignment(token)):
                assignments.append(assignment)
                self._lexer.take()
            elif not words and token.plain in _CLOSING:
                break
            else:
                words.append(token)
                self._lexer.take()
        if not (assignments or words or redirects):
            raise _unexpected(self._lexer.peek())
        return Simple(tuple(assignments), tuple(words), tuple(redirects))


def _assignment(word: Word) -> tuple[str, Word] | None:
    match word.parts:
        case (Literal(text, False), *rest) if "=" in text:
            name, _, value = text.partition("=")
            if name.isidentifier():
                return name, Word((Literal(value, False), *rest))
    return None


def _unexpected(token: Token) -> ShellSyntaxError:
    shown = (token.plain or "word") if isinstance(token, Word) else token
    return ShellSyntaxError(f"'{shown}' unexpected" if shown.strip() else "unexpected end")
