"""What a command line means, as a tree."""

from dataclasses import dataclass


class ShellSyntaxError(ValueError):
    """A command line this shell does not understand."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands; quoted text is neither split nor globbed."""

    text: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, `${name}` or `${name:-default}`."""

    name: str
    is_quoted: bool
    default: "Word | None" = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(script)`."""

    body: "Script"
    is_quoted: bool


Part = Literal | Variable | Substitution


@dataclass(frozen=True, slots=True)
class Word:
    """One word before expansion."""

    parts: tuple[Part, ...]

    @property
    def plain(self) -> str | None:
        """The text of a word without quotes and expansions, else None: what may be a keyword."""
        match self.parts:
            case (Literal(text, False),):
                return text
        return None


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection: `2>file`, `<file`, `2>&1`."""

    descriptor: int
    operator: str
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments and a command with its arguments, all optional."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """`{ … }`, or `( … )` with a shell of its own."""

    body: "Script"
    is_subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words; do …; done`."""

    name: str
    words: tuple[Word, ...]
    body: "Script"
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """`while …; do …; done`."""

    condition: "Script"
    body: "Script"
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """`if …; then …; elif …; else …; fi`."""

    branches: tuple[tuple["Script", "Script"], ...]
    otherwise: "Script"
    redirects: tuple[Redirect, ...] = ()


Command = Simple | Block | For | While | If


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`, perhaps after `!`."""

    commands: tuple[Command, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by `&&` and `||`."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()


Script = tuple[AndOr, ...]
