"""`find`, with the tests that cleaning up needs."""

import fnmatch
import posixpath
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labtui.virtual.files import FileStat
from labtui.virtual.shell.call import Call, CommandError, joined, whole
from labtui.virtual.shell.commands.folders import remove_tree

Test = Callable[[str, FileStat], bool]


@dataclass(frozen=True, slots=True)
class _Query:
    roots: tuple[str, ...]
    tests: tuple[Test, ...]
    max_depth: int
    min_depth: int
    deletes: bool

    def holds(self, path: str, found: FileStat) -> bool:
        return all(test(path, found) for test in self.tests)


async def _find(call: Call) -> int:
    query = _query(call.args)

    async def search(root: str) -> None:
        call.files.stat(call.path(root))
        for path, depth in list(_walk(call, root, 0, query.max_depth)):
            found = call.files.stat(call.path(path))
            if depth < query.min_depth or not query.holds(path, found):
                continue
            if query.deletes:
                remove_tree(call, call.path(path))
            else:
                await call.say(path + "\n")

    return await call.each(query.roots, search)


def _walk(call: Call, path: str, depth: int, max_depth: int) -> Iterator[tuple[str, int]]:
    """Yield a path and everything under it; contents after their folder, as without `-depth`."""
    yield path, depth
    if depth < max_depth and call.files.stat(call.path(path)).is_dir:
        for name in call.files.listdir(call.path(path)):
            yield from _walk(call, joined(path, name), depth + 1, max_depth)


def _query(args: tuple[str, ...]) -> _Query:
    words = list(args)
    roots = []
    while words and not words[0].startswith(("-", "!", "(")):
        roots.append(words.pop(0))
    tests: list[Test] = []
    limits = {"-maxdepth": 99, "-mindepth": 0}
    deletes = False
    while words:
        word = words.pop(0)
        if word in {"-delete", "-print"}:
            deletes = deletes or word == "-delete"
        elif not words:
            raise CommandError(f"bad option '{word}'")
        elif word in limits:
            limits[word] = whole(words.pop(0))
        else:
            tests.append(_test(word, words.pop(0)))
    return _Query(
        tuple(roots or ["."]), tuple(tests), limits["-maxdepth"], limits["-mindepth"], deletes
    )


def _test(name: str, value: str) -> Test:
    match name:
        case "-name":
            return lambda path, _: fnmatch.fnmatchcase(posixpath.basename(path), value)
        case "-type" if value in {"f", "d"}:
            return lambda _, found: found.is_dir == (value == "d")
        case "-mtime" | "-mmin":
            unit_s = 86_400 if name == "-mtime" else 60
            return lambda _, found: _compares(int(time.time() - found.mtime_s) // unit_s, value)
        case "-size":
            unit, digits = (
                (1, value[:-1]) if value.endswith("c") else (512, value.removesuffix("k"))
            )
            unit = 1024 if value.endswith("k") else unit
            return lambda _, found: _compares(-(-found.size // unit), digits)
    raise CommandError(f"bad option '{name}'")


def _compares(number: int, wanted: str) -> bool:
    """Apply find's `+n` (more), `-n` (less), `n` (exactly)."""
    limit = whole(wanted.lstrip("+-"))
    if wanted.startswith("+"):
        return number > limit
    return number < limit if wanted.startswith("-") else number == limit


COMMANDS = {"find": _find}
