"""What a command of the phone's shell gets, and helpers to answer in its style."""

import posixpath
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from labtui.virtual.device import Device
from labtui.virtual.files import PhoneFiles
from labtui.virtual.streams import ByteSink, ByteSource, Reader, StandardStreams

_MAX_SECONDS = 1e9


class CommandError(Exception):
    """A command cannot do what was asked; its text goes to stderr."""


class ShellExit(Exception):
    """`exit` or `exec`: the shell ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LoopControl(Exception):
    """`break`, or else `continue`, in a loop."""

    status = 0

    def __init__(self, is_break: bool) -> None:
        super().__init__(is_break)
        self.is_break = is_break


class ShellState(Protocol):
    """What a command may see and change of the shell that runs it."""

    device: Device
    cwd: str
    status: int
    variables: dict[str, str]
    arguments: tuple[str, ...]
    """`$1`, `$2` and so on."""

    def value(self, name: str) -> str:
        """Return what `$name` stands for."""
        ...

    async def invoke(self, args: list[str], streams: StandardStreams) -> int:
        """Run another command and return its exit status."""
        ...

    async def run_text(self, text: str, words: list[str], streams: StandardStreams) -> int:
        """Run a script in a shell of its own; `words` are its `$0`, `$1` and so on."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One run of one command."""

    name: str
    args: tuple[str, ...]
    streams: StandardStreams
    shell: ShellState

    @property
    def device(self) -> Device:
        """The phone the command runs on."""
        return self.shell.device

    @property
    def files(self) -> PhoneFiles:
        """The phone's files."""
        return self.shell.device.files

    @property
    def stdin(self) -> ByteSource:
        """Standard input."""
        return self.streams.stdin

    @property
    def stdout(self) -> ByteSink:
        """Standard output."""
        return self.streams.stdout

    def path(self, argument: str) -> str:
        """Return the absolute path meant by an argument."""
        return self.files.normalize(argument, self.shell.cwd)

    async def say(self, text: str) -> None:
        """Write text to stdout."""
        await self.streams.stdout.write(text.encode(errors="surrogateescape"))

    async def complain(self, text: str) -> None:
        """Write a line that starts with the command's name to stderr."""
        await self.streams.stderr.write(f"{self.name}: {text}\n".encode(errors="surrogateescape"))

    async def each(
        self,
        operands: Iterable[str],
        do: Callable[[str], Awaitable[None]],
        is_silent: bool = False,
    ) -> int:
        """Run `do` for every operand; report those that fail; return the exit status."""
        status = 0
        for operand in operands:
            try:
                await do(operand)
            except OSError as error:
                if isinstance(error, BrokenPipeError):
                    raise
                if not is_silent:
                    await self.complain(f"{operand}: {error.strerror}")
                status = 1
        return status

    async def inputs(
        self, operands: tuple[str, ...], do: "UseInput", is_silent: bool = False
    ) -> int:
        """Run `do` for the content of every operand, or stdin (`-`) when there is none."""

        async def use(operand: str) -> None:
            if operand == "-":
                await do(self.stdin, operand)
                return
            with self.files.open_read(self.path(operand)) as file:
                await do(FileSource(file.read), operand)

        return await self.each(operands or ("-",), use, is_silent)

    async def read_all(self) -> bytes:
        """Return everything on stdin."""
        return b"".join([line async for line in Reader(self.stdin).lines()])


Command = Callable[[Call], Awaitable[int]]
UseInput = Callable[[ByteSource, str], Awaitable[None]]


class FileSource:
    """A file as a byte source."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    async def read(self) -> bytes:
        """Return the next piece, empty at the end."""
        return self._read(1 << 18)


def options(args: tuple[str, ...], spec: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Split getopt-style options (`"lan:"`) from operands. Raises CommandError."""
    found: dict[str, str] = {}
    rest = list(args)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in spec.replace(":", ""):
                raise CommandError(f"Unknown option '{letter}'")
            takes_value = spec[spec.index(letter) + 1 :].startswith(":")
            if takes_value and not (letters or rest):
                raise CommandError(f"Missing argument to -{letter}")
            found[letter] = (letters or rest.pop(0)) if takes_value else ""
            letters = "" if takes_value else letters
    return found, tuple(rest)


def whole(text: str) -> int:
    """Return a number argument. Raises CommandError."""
    try:
        return int(text)
    except ValueError as error:
        raise CommandError(f"bad number '{text}'") from error


def seconds(text: str) -> float:
    """Return a duration argument. Raises CommandError."""
    try:
        number = float(text)
    except ValueError as error:
        raise CommandError(f"bad number '{text}'") from error
    if not 0.0 <= number <= _MAX_SECONDS:
        raise CommandError(f"bad number '{text}'")
    return number


def joined(folder: str, name: str) -> str:
    """Return the path of a name in a folder, as `ls` and `find` print it."""
    return posixpath.join(folder, name)
