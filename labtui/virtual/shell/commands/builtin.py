"""Commands that belong to the shell itself, and those that run other commands."""

import asyncio
import re

from labtui.virtual.shell.call import (
    Call,
    CommandError,
    LoopControl,
    ShellExit,
    options,
    seconds,
    whole,
)

_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\", "\\r": "\r", "\\0": "\0"}
_ESCAPE = re.compile(r"\\[nt\\r0]")
_FORMAT = re.compile(r"%(?:%|(-?\d{0,3})([sd]))")


async def _true(call: Call) -> int:  # noqa: ARG001 (every command takes its call)
    return 0


async def _false(call: Call) -> int:  # noqa: ARG001 (every command takes its call)
    return 1


async def _cd(call: Call) -> int:
    target = call.path(call.args[0] if call.args else call.shell.value("HOME"))
    try:
        is_dir = call.files.stat(target).is_dir
    except OSError as error:
        raise CommandError(f"{call.args[0]}: {error.strerror}") from error
    if not is_dir:
        raise CommandError(f"{call.args[0]}: Not a directory")
    call.shell.cwd = target
    return 0


async def _pwd(call: Call) -> int:
    await call.say(call.shell.cwd + "\n")
    return 0


async def _exit(call: Call) -> int:
    raise ShellExit(whole(call.args[0]) & 0xFF if call.args else call.shell.status)


async def _exec(call: Call) -> int:
    if not call.args:
        return 0
    raise ShellExit(await call.shell.invoke(list(call.args), call.streams))


async def _break(call: Call) -> int:
    raise LoopControl(is_break=call.name == "break")


async def _export(call: Call) -> int:
    for argument in call.args:
        name, separator, value = argument.partition("=")
        if separator:
            call.shell.variables[name] = value
    return 0


async def _unset(call: Call) -> int:
    for name in call.args:
        call.shell.variables.pop(name, None)
    return 0


async def _echo(call: Call) -> int:
    words = list(call.args)
    flags = ""
    while words and re.fullmatch(r"-[ne]+", words[0]):
        flags += words.pop(0)
    text = " ".join(words)
    if "e" in flags:
        text = _unescaped(text)
    await call.say(text if "n" in flags else text + "\n")
    return 0


async def _printf(call: Call) -> int:
    if not call.args:
        raise CommandError("need a format")
    values = iter(call.args[1:])

    def one(match: re.Match[str]) -> str:
        return "%" if match[0] == "%%" else f"%{match[1]}s" % next(values, "")

    await call.say(_FORMAT.sub(one, _unescaped(call.args[0])))
    return 0


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], text)


async def _sleep(call: Call) -> int:
    if not call.args:
        raise CommandError("needs 1 argument")
    await asyncio.sleep(seconds(call.args[0]))
    return 0


async def _which(call: Call) -> int:
    """`which NAME …`, `command -v NAME …`."""
    names = [name for name in call.args if name != "-v"]
    found = [name for name in names if call.files.exists(f"/system/bin/{name}")]
    await call.say("".join(f"/system/bin/{name}\n" for name in found))
    return int(len(found) < len(names))


async def _env(call: Call) -> int:
    """`env [NAME=VALUE …] [COMMAND …]`."""
    words = list(call.args)
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        call.shell.variables[name] = value
    if words:
        return await call.shell.invoke(words, call.streams)
    await call.say("".join(f"{name}={text}\n" for name, text in call.shell.variables.items()))
    return 0


async def _taskset(call: Call) -> int:
    """`taskset MASK COMMAND …`: the mask is checked; the simulated scheduler needs none."""
    if len(call.args) < 2:
        raise CommandError("needs 2 arguments")
    try:
        mask = int(call.args[0], 16)
    except ValueError as error:
        raise CommandError(f"bad mask '{call.args[0]}'") from error
    if not mask & ((1 << call.device.profile.core_count) - 1):
        raise CommandError("failed to set affinity: Invalid argument")
    return await call.shell.invoke(list(call.args[1:]), call.streams)


async def _nice(call: Call) -> int:
    """`nice [-n LEVEL] COMMAND …`."""
    _, command = options(call.args, "n:")
    if not command:
        raise CommandError("needs a command")
    return await call.shell.invoke(list(command), call.streams)


async def _timeout(call: Call) -> int:
    """`timeout SECONDS COMMAND …`."""
    if len(call.args) < 2:
        raise CommandError("needs 2 arguments")
    try:
        async with asyncio.timeout(seconds(call.args[0])):
            return await call.shell.invoke(list(call.args[1:]), call.streams)
    except TimeoutError:
        return 124


COMMANDS = {
    ":": _true, "true": _true, "false": _false, "cd": _cd, "pwd": _pwd, "exit": _exit,
    "exec": _exec, "break": _break, "continue": _break, "export": _export, "unset": _unset,
    "echo": _echo, "printf": _printf, "sleep": _sleep, "which": _which, "command": _which,
    "env": _env, "taskset": _taskset, "nice": _nice, "timeout": _timeout,
}  # fmt: skip
