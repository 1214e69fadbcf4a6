"""`test` and `[`."""

from collections.abc import Callable

from labtui.virtual.files import FileStat
from labtui.virtual.shell.call import Call, CommandError, whole

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


_FILE_TESTS: dict[str, Callable[[FileStat], bool]] = {
    "-e": lambda _: True,
    "-r": lambda _: True,
    "-f": lambda found: not found.is_dir,
    "-d": lambda found: found.is_dir,
    "-s": lambda found: found.size > 0,
    "-w": lambda found: bool(found.mode & 0o222),
    "-x": lambda found: bool(found.mode & 0o111),
}
_TEXT_TESTS: dict[str, Callable[[str], bool]] = {"-n": bool, "-z": lambda text: not text}


async def _test(call: Call) -> int:
    words = list(call.args)
    if call.name == "[" and (not words or words.pop() != "]"):
        raise CommandError("missing ]")
    return int(not _holds(call, words))


def _holds(call: Call, words: list[str]) -> bool:
    match words:
        case ["!", *rest]:
            return not _holds(call, rest)
        case [] | [_]:
            return bool(words and words[0])
        case [operator, operand]:
            return _unary(call, operator, operand)
        case [left, operator, right]:
            return _binary(left, operator, right)
    raise CommandError("too many arguments")


def _unary(call: Call, operator: str, operand: str) -> bool:
    if operator in _TEXT_TESTS:
        return _TEXT_TESTS[operator](operand)
    if operator not in _FILE_TESTS:
        raise CommandError(f"bad condition '{operator}'")
    try:
        return _FILE_TESTS[operator](call.files.stat(call.path(operand)))
    except OSError:
        return False


def _binary(left: str, operator: str, right: str) -> bool:
    if operator in {"=", "==", "!="}:
        return (left == right) != (operator == "!=")
    if operator not in _COMPARISONS:
        raise CommandError(f"bad condition '{operator}'")
    return _COMPARISONS[operator](whole(left), whole(right))


COMMANDS = {"test": _test, "[": _test}
