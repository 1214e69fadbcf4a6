"""`df` and `du`."""

from labtui.virtual.shell.call import Call, joined, options

_UNITS = "KMGTP"


async def _df(call: Call) -> int:
    flags, operands = options(call.args, "hkPHat")
    for operand in operands:
        call.files.stat(call.path(operand))
    storage = call.files.storage
    used, free = storage.used_bytes, storage.free_bytes
    percent = -(-100 * used // storage.size_bytes)
    shown = [_amount(size, "h" in flags) for size in (storage.size_bytes, used, free)]
    head = ("Size", "Used", "Avail") if "h" in flags else ("1K-blocks", "Used", "Available")
    widths = [max(map(len, pair)) for pair in zip(shown, head, strict=True)]
    await call.say(_row("Filesystem", head, widths, "Use%", "Mounted on"))
    await call.say(_row("/dev/block/dm-52", shown, widths, f"{percent}%", "/data"))
    return 0


def _row(
    device: str, cells: tuple[str, ...] | list[str], widths: list[int], use: str, where: str
) -> str:
    columns = " ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return f"{device:<16} {columns} {use:>4} {where}\n"


def _amount(size: int, is_human: bool) -> str:
    if not is_human:
        return str(size // 1024)
    value, unit = size / 1024, 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f}{_UNITS[unit]}" if value < 10 else f"{value:.0f}{_UNITS[unit]}"


async def _du(call: Call) -> int:
    flags, operands = options(call.args, "shkab")

    async def show(operand: str) -> None:
        await call.say(
            f"{_amount(_tree_size(call, call.path(operand)), 'h' in flags)}\t{operand}\n"
        )

    return await call.each(operands or (".",), show)


def _tree_size(call: Call, path: str) -> int:
    """Return the bytes under a path, in whole 4-KiB blocks as a disk has them."""
    found = call.files.stat(path)
    if not found.is_dir:
        return -(-found.size // 4096) * 4096
    return 4096 + sum(_tree_size(call, joined(path, name)) for name in call.files.listdir(path))


COMMANDS = {"df": _df, "du": _du}
