"""Runs command lines on a phone: asyncio tasks, no process."""

import asyncio
from dataclasses import dataclass

from labtui.virtual.device import Device
from labtui.virtual.files import PhoneFiles
from labtui.virtual.shell.call import Call, CommandError, LoopControl, ShellExit
from labtui.virtual.shell.commands import COMMANDS
from labtui.virtual.shell.expand import expand_text, expand_words
from labtui.virtual.shell.parse import parse_script
from labtui.virtual.shell.redirect import redirected
from labtui.virtual.shell.script import run_file
from labtui.virtual.shell.syntax import (
    AndOr,
    Block,
    Command,
    For,
    If,
    Pipeline,
    Script,
    ShellSyntaxError,
    Simple,
    While,
)
from labtui.virtual.streams import MemorySink, NoInput, Pipe, StandardStreams

BROKEN_PIPE = 128 + 13
_MAX_DEPTH = 20
_BIN_FOLDERS = ("/system/bin/", "/bin/", "/vendor/bin/")


async def run_line(device: Device, line: str, streams: StandardStreams) -> int:
    """Run one command line in a new shell and return its exit status."""
    return await _run_line(Shell(device), line, streams)


async def _run_line(shell: "Shell", line: str, streams: StandardStreams) -> int:
    try:
        return await shell.run_subshell(parse_script(line), streams)
    except ShellSyntaxError as error:
        text = f"{shell.name}: syntax error: {error}\n"
        await streams.stderr.write(text.encode(errors="surrogateescape"))
        return 1


@dataclass(slots=True)
class _Expansion:
    """What words see of their shell."""

    shell: "Shell"
    streams: StandardStreams
    status: int = 0
    """Status of the last command substitution."""

    @property
    def cwd(self) -> str:
        return self.shell.cwd

    @property
    def files(self) -> PhoneFiles:
        return self.shell.device.files

    def value(self, name: str) -> str:
        return self.shell.value(name)

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.shell.arguments

    async def capture(self, script: Script) -> str:
        output = MemorySink()
        inner = StandardStreams(NoInput(), output, self.streams.stderr)
        self.status = await self.shell.run_subshell(script, inner)
        return output.data.decode(errors="surrogateescape").rstrip("\n")


class Shell:
    """One shell: its folder, its variables, and what its last command returned."""

    def __init__(self, device: Device, depth: int = 0) -> None:
        """Make one that runs `depth` scripts deep."""
        self.device = device
        self.depth = depth
        self.name = "sh"
        self.arguments: tuple[str, ...] = ()
        self.cwd = "/"
        self.status = 0
        self.pid = device.processes.new_pid()
        self.variables = {
            "HOME": "/", "PATH": "/product/bin:/system/bin:/vendor/bin", "USER": "shell",
            "TMPDIR": "/data/local/tmp", "ANDROID_DATA": "/data", "SHELL": "/system/bin/sh",
        }  # fmt: skip

    def value(self, name: str) -> str:
        """Return a variable's value, empty when unset."""
        every = " ".join(self.arguments)
        special = {
            "?": str(self.status), "$": str(self.pid), "#": str(len(self.arguments)),
            "@": every, "*": every, "0": self.name, "PWD": self.cwd,
        }  # fmt: skip
        if name in special:
            return special[name]
        if name.isdecimal():
            return "".join(self.arguments[int(name) - 1 : int(name)])
        return self.variables.get(name, "")

    async def run(self, script: Script, streams: StandardStreams) -> int:
        """Run a script and return the status of its last command."""
        for line in script:
            await self._and_or(line, streams)
        return self.status

    async def run_subshell(self, script: Script, streams: StandardStreams) -> int:
        """Run a script in a copy of this shell: what it changes, it changes for itself."""
        copy = Shell(self.device, self.depth)
        copy.name, copy.arguments = self.name, self.arguments
        copy.cwd, copy.status = self.cwd, self.status
        copy.variables = dict(self.variables)
        try:
            return await copy.run(script, streams)
        except (ShellExit, LoopControl) as end:
            return end.status

    async def invoke(self, args: list[str], streams: StandardStreams) -> int:
        """Run one command by its name and return its status."""
        name = args[0]
        command = COMMANDS.get(_program_name(name))
        call = Call(name.rpartition("/")[2], tuple(args[1:]), streams, self)
        if command is None:
            command, call = run_file, Call("sh", tuple(args), streams, self)
        try:
            return await command(call)
        except BrokenPipeError:
            raise
        except CommandError as error:
            await call.complain(str(error))
        except OSError as error:
            await call.complain(str(error.strerror))
        return 1

    async def run_text(self, text: str, words: list[str], streams: StandardStreams) -> int:
        """Run a script in a shell of its own; `words` are its `$0`, `$1` and so on.

        Raises CommandError when scripts run scripts without end.
        """
        if self.depth == _MAX_DEPTH:
            raise CommandError("scripts are nested too deeply")
        shell = Shell(self.device, self.depth + 1)
        shell.cwd, shell.variables = self.cwd, dict(self.variables)
        shell.name, shell.arguments = words[0], tuple(words[1:])
        return await _run_line(shell, text, streams)

    async def _and_or(self, line: AndOr, streams: StandardStreams) -> None:
        await self._pipeline(line.first, streams)
        for operator, pipeline in line.rest:
            if (self.status == 0) == (operator == "&&"):
                await self._pipeline(pipeline, streams)

    async def _pipeline(self, pipeline: Pipeline, streams: StandardStreams) -> None:
        if len(pipeline.commands) == 1:
            self.status = await self._command(pipeline.commands[0], streams)
        else:
            self.status = await self._piped(pipeline.commands, streams)
        if pipeline.is_negated:
            self.status = int(self.status == 0)

    async def _piped(self, commands: tuple[Command, ...], streams: StandardStreams) -> int:
        pipes = [Pipe() for _ in commands[1:]]
        ends = zip(commands, [streams.stdin, *pipes], [*pipes, streams.stdout], strict=True)
        async with asyncio.TaskGroup() as group:
            stages = [
                group.create_task(
                    self._stage(command, StandardStreams(source, sink, streams.stderr))
                )
                for command, source, sink in ends
            ]
        return stages[-1].result()

    async def _stage(self, command: Command, streams: StandardStreams) -> int:
        try:
            return await self.run_subshell((AndOr(Pipeline((command,))),), streams)
        except BrokenPipeError:
            return BROKEN_PIPE
        finally:
            if isinstance(streams.stdout, Pipe):
                await streams.stdout.end()
            if isinstance(streams.stdin, Pipe):
                await streams.stdin.abandon()

    async def _command(self, command: Command, streams: StandardStreams) -> int:
        if not command.redirects:
            return await self._plain_command(command, streams)
        scope = _Expansion(self, streams)
        try:
            async with redirected(command.redirects, streams, scope) as changed:
                return await self._plain_command(command, changed)
        except CommandError as error:
            await streams.stderr.write(f"sh: {error}\n".encode(errors="surrogateescape"))
            return 1

    async def _plain_command(self, command: Command, streams: StandardStreams) -> int:
        match command:
            case Simple():
                return await self._simple(command, streams)
            case Block(body, is_subshell):
                run = self.run_subshell if is_subshell else self.run
                return await run(body, streams)
            case For():
                return await self._for(command, streams)
            case While():
                return await self._while(command, streams)
            case If():
                return await self._if(command, streams)

    async def _simple(self, command: Simple, streams: StandardStreams) -> int:
        scope = _Expansion(self, streams)
        values = {name: await expand_text(word, scope) for name, word in command.assignments}
        args = await expand_words(command.words, scope)
        if not args:
            self.variables.update(values)
            return scope.status
        saved = self.variables
        self.variables = saved | values if values else saved
        try:
            return await self.invoke(args, streams)
        finally:
            if values:
                self.variables = saved

    async def _for(self, loop: For, streams: StandardStreams) -> int:
        status = 0
        for value in await expand_words(loop.words, _Expansion(self, streams)):
            self.variables[loop.name] = value
            status, is_over = await self._body(loop.body, streams)
            if is_over:
                break
        return status

    async def _while(self, loop: While, streams: StandardStreams) -> int:
        status = 0
        while await self.run(loop.condition, streams) == 0:
            status, is_over = await self._body(loop.body, streams)
            if is_over:
                break
            await asyncio.sleep(0)
        return status

    async def _body(self, body: Script, streams: StandardStreams) -> tuple[int, bool]:
        try:
            return await self.run(body, streams), False
        except LoopControl as control:
            return 0, control.is_break

    async def _if(self, choice: If, streams: StandardStreams) -> int:
        for condition, body in choice.branches:
            if await self.run(condition, streams) == 0:
                return await self.run(body, streams)
        self.status = 0
        return await self.run(choice.otherwise, streams)


def _program_name(name: str) -> str:
    """Return the command's own name if it is asked for by name or by a path it lies at."""
    for folder in _BIN_FOLDERS:
        if name.startswith(folder):
            return name.removeprefix(folder)
    return name
