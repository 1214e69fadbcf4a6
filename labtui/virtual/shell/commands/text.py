"""Commands that read text: cat, head, tail, wc, grep, read, tr."""

import re

from labtui.virtual.shell.call import Call, CommandError, options, whole
from labtui.virtual.streams import ByteSource, Reader


async def _cat(call: Call) -> int:
    _, operands = options(call.args, "u")

    async def copy(source: ByteSource, _name: str) -> None:
        while data := await source.read():
            await call.stdout.write(data)

    return await call.inputs(operands, copy)


async def _head(call: Call) -> int:
    flags, operands = options(_with_n(call.args), "n:c:q")

    async def show(source: ByteSource, _name: str) -> None:
        if "c" in flags:
            await call.stdout.write((await _content(source))[: whole(flags["c"])])
            return
        left = whole(flags.get("n", "10"))
        async for line in Reader(source).lines():
            if left <= 0:
                break
            left -= 1
            await call.stdout.write(line)

    return await call.inputs(operands, show)


async def _tail(call: Call) -> int:
    flags, operands = options(_with_n(call.args), "n:c:")

    async def show(source: ByteSource, _name: str) -> None:
        content = await _content(source)
        if "c" in flags:
            await call.stdout.write(content[-whole(flags["c"].lstrip("-")) :])
            return
        count = flags.get("n", "10")
        lines = content.splitlines(keepends=True)
        start = whole(count) - 1 if count.startswith("+") else -abs(whole(count))
        await call.stdout.write(b"".join(lines[start:] if start else []))

    return await call.inputs(operands, show)


def _with_n(args: tuple[str, ...]) -> tuple[str, ...]:
    """Spell `-5` as `-n 5`."""
    return tuple(re.sub(r"^-(\d+)$", r"-n\1", word) for word in args)


async def _wc(call: Call) -> int:
    flags, operands = options(call.args, "lwc")
    wanted = flags.keys() or {"l", "w", "c"}

    async def count(source: ByteSource, name: str) -> None:
        content = await _content(source)
        counts = {"l": content.count(b"\n"), "w": len(content.split()), "c": len(content)}
        columns = [str(counts[key]) for key in "lwc" if key in wanted]
        await call.say(" ".join(columns + ([name] if name != "-" else [])) + "\n")

    return await call.inputs(operands, count)


async def _grep(call: Call) -> int:
    flags, operands = options(call.args, "ivcqsFEonhe:w")
    rest = list(operands)
    if "e" not in flags and not rest:
        raise CommandError("no pattern")
    pattern = _pattern(flags.get("e") or rest.pop(0), flags)
    found = 0

    async def search(source: ByteSource, name: str) -> None:
        nonlocal found
        prefix = f"{name}:".encode() if len(rest) > 1 and "h" not in flags else b""
        hits = []
        number = 0
        async for line in Reader(source).lines():
            number += 1
            match = pattern.search(line.rstrip(b"\n"))
            if bool(match) != ("v" in flags):
                shown = match[0] if match and "o" in flags else line.rstrip(b"\n")
                at = f"{number}:".encode() if "n" in flags else b""
                hits.append(prefix + at + shown + b"\n")
        found += len(hits)
        if "c" in flags:
            await call.stdout.write(prefix + f"{len(hits)}\n".encode())
        elif "q" not in flags:
            await call.stdout.write(b"".join(hits))

    status = await call.inputs(tuple(rest), search, is_silent="s" in flags)
    return 2 if status else int(not found)


def _pattern(text: str, flags: dict[str, str]) -> re.Pattern[bytes]:
    source = re.escape(text) if "F" in flags else text
    source = rf"\b(?:{source})\b" if "w" in flags else source
    try:
        return re.compile(source.encode(), re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise CommandError(f"bad REGEX '{text}'") from error


async def _tr(call: Call) -> int:
    """`tr -d SET` and `tr SET SET`, without ranges."""
    flags, sets = options(call.args, "d")
    data = await call.read_all()
    tables = [word.encode().replace(b"\\n", b"\n").replace(b"\\r", b"\r") for word in sets]
    if "d" in flags and len(tables) == 1:
        await call.stdout.write(data.translate(None, tables[0]))
    elif len(tables) == 2 and len(tables[0]) == len(tables[1]):
        await call.stdout.write(data.translate(bytes.maketrans(tables[0], tables[1])))
    else:
        raise CommandError("needs two sets of one length, or -d and one set")
    return 0


async def _content(source: ByteSource) -> bytes:
    return b"".join([line async for line in Reader(source).lines()])


COMMANDS = {"cat": _cat, "head": _head, "tail": _tail, "wc": _wc, "grep": _grep, "tr": _tr}
