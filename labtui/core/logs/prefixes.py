"""What carriers put in front of a tool's line: quotes, logcat, NSLog, a CI's log, levels."""

import re
from dataclasses import dataclass

MAX_PREFIXES = 6
"""A quoted logcat line of a tool that names level and source has four."""

_PREFIXES = (
    re.compile(r"(?: *> ?)+"),  # quoted in a mail or an issue
    re.compile(r"\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +\d+ +\d+ (?P<level>[VDIWEF]) [^:]{1,60}?: "),
    re.compile(r"(?P<level>[VDIWEF])/[^(:]{1,60}(?:\( *\d+\))?: "),  # logcat -v brief
    re.compile(r"\[\d{4}-\d\d-\d\d [\d:.]+\] \[\w+\] (?:stdout|stderr): "),  # a CI's log
    re.compile(r"\d{4}-\d\d-\d\d [\d:.]+(?:[+-]\d{4})? [^\[\n]{1,80}\[\d+(?::\w+)?\] "),  # NSLog
    re.compile(  # Python's logging
        r"\d{4}-\d\d-\d\d [\d:.,]+ (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]{1,80}: "
    ),
    re.compile(r"\[[\w./-]{1,80}\.(?:h|cc|cpp):\d+\] ?"),  # LiteRT names its source line
    re.compile(r" *(?P<level>INFO|WARN|WARNING|ERROR|VERBOSE|FATAL): ?"),
)
_ERRORS = {"E", "F", "ERROR", "FATAL", "CRITICAL"}


@dataclass(frozen=True, slots=True)
class Unprefixed:
    """A line as the tool wrote it."""

    text: str
    is_error: bool | None
    """Whether a prefix called it an error; None when no prefix tells a level."""


def strip_prefixes(line: str) -> Unprefixed:
    """Take carriers' prefixes off one line; tabs stay, since tables are set with them."""
    is_error: bool | None = None
    for _ in range(MAX_PREFIXES):
        match = next((m for p in _PREFIXES if (m := p.match(line))), None)
        if match is None:
            break
        if level := match.groupdict().get("level"):
            is_error = is_error or level in _ERRORS
        line = line[match.end() :]
    return Unprefixed(line.strip(" \r"), is_error)
