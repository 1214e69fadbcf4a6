"""Commands that run scripts, and what scripts do with their arguments."""

from labtui.virtual.shell.call import Call, CommandError, whole


async def _sh(call: Call) -> int:
    """`sh FILE [ARG …]`, `sh -c TEXT [NAME [ARG …]]`, or a script on stdin."""
    match call.args:
        case ("-c", text, *rest):
            return await call.shell.run_text(text, rest or ["sh"], call.streams)
        case (option, *_) if option.startswith("-"):
            raise CommandError(f"{option}: unknown option")
        case (path, *rest):
            text = _read(call, path)
            return await call.shell.run_text(text, [path, *rest], call.streams)
    script = (await call.read_all()).decode(errors="surrogateescape")
    return await call.shell.run_text(script, ["sh"], call.streams)


def _read(call: Call, path: str) -> str:
    try:
        with call.files.open_read(call.path(path)) as file:
            return file.read().decode(errors="surrogateescape")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


async def _shift(call: Call) -> int:
    count = whole(call.args[0]) if call.args else 1
    if not 0 <= count <= len(call.shell.arguments):
        raise CommandError("nothing to shift")
    call.shell.arguments = call.shell.arguments[count:]
    return 0


COMMANDS = {"sh": _sh, "shift": _shift}
