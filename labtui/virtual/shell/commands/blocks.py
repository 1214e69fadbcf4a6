"""dd, as far as it copies blocks of a file to stdout."""

from typing import BinaryIO

from labtui.virtual.shell.call import Call, CommandError, whole

_KNOWN = {"if", "bs", "skip", "count"}
_USUAL_BLOCK_BYTES = "512"
_MAX_BLOCK_BYTES = 1 << 20


async def _dd(call: Call) -> int:
    words = dict(word.split("=", 1) for word in call.args if "=" in word)
    unknown = [word for word in call.args if word.split("=", 1)[0] not in _KNOWN]
    if unknown or "if" not in words:
        raise CommandError(f"bad arg '{unknown[0]}'" if unknown else "needs if=")
    block_bytes = whole(words.get("bs", _USUAL_BLOCK_BYTES))
    if not 0 < block_bytes <= _MAX_BLOCK_BYTES:
        raise CommandError(f"bad bs={block_bytes}")

    async def copy(operand: str) -> None:
        with call.files.open_read(call.path(operand)) as file:
            file.seek(block_bytes * max(0, whole(words.get("skip", "0"))))
            count = whole(words["count"]) if "count" in words else None
            await _copy(call, file, block_bytes, count)

    return await call.each((words["if"],), copy)


async def _copy(call: Call, file: BinaryIO, block_bytes: int, count: int | None) -> None:
    """Copy at most `count` blocks (None = all), and tell on stderr how many there were."""
    done = copied_bytes = 0
    while (count is None or done < count) and (block := file.read(block_bytes)):
        await call.stdout.write(block)
        done, copied_bytes = done + 1, copied_bytes + len(block)
    whole_blocks, rest_bytes = divmod(copied_bytes, block_bytes)
    records = f"{whole_blocks}+{int(rest_bytes > 0)} records"
    text = f"{records} in\n{records} out\n{copied_bytes} bytes copied\n"
    await call.streams.stderr.write(text.encode())


COMMANDS = {"dd": _dd}
