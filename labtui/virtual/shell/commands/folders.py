"""Commands on files and folders."""

import posixpath
import re
import stat
import time
from datetime import UTC, datetime

from labtui.virtual.files import FileStat
from labtui.virtual.shell.call import Call, CommandError, joined, options

_OWNERS = {0: "root", 2000: "shell"}


async def _ls(call: Call) -> int:
    flags, operands = options(call.args, "la1dAhRstr")
    shown = operands or (".",)
    status = 0
    for operand in shown:
        try:
            await _list_one(call, operand, flags, has_title=len(shown) > 1)
        except OSError as error:
            await call.complain(f"{operand}: {error.strerror}")
            status = 1
    return status


async def _list_one(call: Call, operand: str, flags: dict[str, str], has_title: bool) -> None:
    path = call.path(operand)
    if "d" in flags or not call.files.stat(path).is_dir:
        await call.say(_listed(operand, call.files.stat(path), flags))
        return
    names = [name for name in call.files.listdir(path) if not name.startswith(".") or "a" in flags]
    found = [(name, call.files.stat(joined(path, name))) for name in names]
    title = f"{operand}:\n" if has_title else ""
    total = f"total {sum(status.blocks for _, status in found) // 2}\n" if "l" in flags else ""
    await call.say(title + total + "".join(_listed(name, status, flags) for name, status in found))


def _listed(name: str, found: FileStat, flags: dict[str, str]) -> str:
    if "l" not in flags:
        return name + "\n"
    when = datetime.fromtimestamp(found.mtime_s, UTC).strftime("%Y-%m-%d %H:%M")
    owner, group = _OWNERS.get(found.uid, "root"), _OWNERS.get(found.gid, "root")
    mode = stat.filemode(found.mode)
    return f"{mode} {found.links} {owner} {group} {found.size:>9} {when} {name}\n"


async def _mkdir(call: Call) -> int:
    flags, operands = options(call.args, "pm:v")

    async def make(operand: str) -> None:
        path = call.path(operand)
        if "p" in flags:
            call.files.make_folders(path)
        else:
            call.files.mkdir(path)

    return await call.each(operands, make)


async def _rm(call: Call) -> int:
    flags, operands = options(call.args, "rRfv")
    is_forced = "f" in flags
    is_recursive = bool({"r", "R"} & flags.keys())

    async def delete(operand: str) -> None:
        path = call.path(operand)
        if is_forced and not call.files.exists(path):
            return
        if call.files.stat(path).is_dir and not is_recursive:
            raise CommandError(f"{operand}: is directory")
        remove_tree(call, path)

    return await call.each(operands, delete)


def remove_tree(call: Call, path: str) -> None:
    """Delete a file, or a folder with all that is in it. Raises OSError."""
    if not call.files.stat(path).is_dir:
        call.files.remove(path)
        return
    for name in call.files.listdir(path):
        remove_tree(call, joined(path, name))
    call.files.rmdir(path)


async def _rmdir(call: Call) -> int:
    async def delete(operand: str) -> None:
        call.files.rmdir(call.path(operand))

    return await call.each(options(call.args, "p")[1], delete)


def _sources_and_target(call: Call, spec: str) -> tuple[tuple[str, ...], str]:
    _, operands = options(call.args, spec)
    if len(operands) < 2:
        raise CommandError("needs 2 arguments")
    sources, target = operands[:-1], operands[-1]
    if len(sources) > 1 and not _is_dir(call, target):
        raise CommandError(f"'{target}' not directory")
    return sources, target


def _is_dir(call: Call, target: str) -> bool:
    path = call.path(target)
    return call.files.exists(path) and call.files.stat(path).is_dir


def _target_path(call: Call, source: str, target: str) -> str:
    path = call.path(target)
    name = posixpath.basename(call.path(source))
    return joined(path, name) if _is_dir(call, target) else path


async def _mv(call: Call) -> int:
    sources, target = _sources_and_target(call, "fnv")

    async def move(source: str) -> None:
        call.files.rename(call.path(source), _target_path(call, source, target))

    return await call.each(sources, move)


async def _cp(call: Call) -> int:
    sources, target = _sources_and_target(call, "rRpfva")

    async def copy(source: str) -> None:
        _copy_tree(call, call.path(source), _target_path(call, source, target))

    return await call.each(sources, copy)


def _copy_tree(call: Call, source: str, target: str) -> None:
    if call.files.stat(source).is_dir:
        if not call.files.exists(target):
            call.files.mkdir(target)
        for name in call.files.listdir(source):
            _copy_tree(call, joined(source, name), joined(target, name))
        return
    writer = call.files.open_write(target)
    try:
        with call.files.open_read(source) as reader:
            while data := reader.read(1 << 18):
                writer.write(data)
    finally:
        writer.close()
    call.files.chmod(target, stat.S_IMODE(call.files.stat(source).mode))


async def _chmod(call: Call) -> int:
    _, operands = options(call.args, "Rv")
    if len(operands) < 2:
        raise CommandError("needs 2 arguments")
    wanted = operands[0]

    async def change(operand: str) -> None:
        path = call.path(operand)
        call.files.chmod(path, _mode(wanted, call.files.stat(path).mode))

    return await call.each(operands[1:], change)


def _mode(wanted: str, present: int) -> int:
    if wanted.isdecimal() and set(wanted) <= set("01234567"):
        return int(wanted, 8)
    bits = {"+x": 0o111, "a+x": 0o111, "u+x": 0o100, "+r": 0o444, "+w": 0o222}.get(wanted)
    if bits is None:
        raise CommandError(f"bad mode '{wanted}'")
    return stat.S_IMODE(present) | bits


async def _touch(call: Call) -> int:
    flags, operands = options(call.args, "cd:m")
    mtime_s = _moment(flags.get("d"))

    async def touch(operand: str) -> None:
        path = call.path(operand)
        if not call.files.exists(path):
            call.files.open_write(path).close()
        call.files.set_mtime(path, mtime_s)

    return await call.each(operands, touch)


def _moment(text: str | None) -> int:
    if text is None:
        return int(time.time())
    if re.fullmatch(r"@\d{1,11}", text):
        return int(text[1:])
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise CommandError(f"bad date '{text}'") from error


async def _stat(call: Call) -> int:
    flags, operands = options(call.args, "c:Lt")
    pattern = flags.get("c", _LONG_STAT)

    async def show(operand: str) -> None:
        found = call.files.stat(call.path(operand))
        await call.say(_formatted(pattern, operand, found) + "\n")

    return await call.each(operands, show)


_LONG_STAT = (
    '  File: "%n"\n  Size: %s\t Blocks: %b\t IO Blocks: 512\t%F\n'
    "Device: %dh\t Inode: %i\t Links: %h\n"
    "Access: (%a/%A)\tUid: (%u/ %U)\tGid: (%g/ %G)\nModify: %y"
)


def _formatted(pattern: str, name: str, found: FileStat) -> str:
    when = datetime.fromtimestamp(found.mtime_s, UTC)
    values = {
        "n": name, "s": found.size, "a": f"{stat.S_IMODE(found.mode):o}",
        "A": stat.filemode(found.mode), "f": f"{found.mode:x}",
        "F": "directory" if found.is_dir else "regular file",
        "u": found.uid, "g": found.gid, "U": _OWNERS.get(found.uid, "root"), "h": found.links,
        "G": _OWNERS.get(found.gid, "root"), "i": found.inode, "d": f"{found.device:x}",
        "b": found.blocks, "B": 512, "Y": found.mtime_s, "X": found.mtime_s, "Z": found.mtime_s,
        "y": when.strftime("%Y-%m-%d %H:%M:%S.000000000 +0000"), "%": "%",
    }  # fmt: skip
    text, _, rest = pattern.partition("%")
    while rest:
        text += str(values.get(rest[0], "?"))
        literal, _, rest = rest[1:].partition("%")
        text += literal
    return text


async def _realpath(call: Call) -> int:
    async def show(operand: str) -> None:
        call.files.stat(call.path(operand))
        await call.say(call.path(operand) + "\n")

    return await call.each(call.args, show)


async def _basename(call: Call) -> int:
    part = posixpath.basename if call.name == "basename" else posixpath.dirname
    if not call.args:
        raise CommandError("needs 1 argument")
    await call.say((part(call.args[0].rstrip("/")) or ".") + "\n")
    return 0


COMMANDS = {
    "ls": _ls, "mkdir": _mkdir, "rm": _rm, "rmdir": _rmdir, "mv": _mv, "cp": _cp, "chmod": _chmod,
    "touch": _touch, "stat": _stat, "realpath": _realpath, "readlink": _realpath,
    "basename": _basename, "dirname": _basename,
}  # fmt: skip
