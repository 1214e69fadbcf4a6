"""The last lines of what happened, for the log pane."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from labtui.core.text import clean

KEEP_LINES = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened."""

    time: str
    level: str
    source: str
    """Name of the device, or `labtui`."""
    text: str


class Log:
    """A bounded list of lines; `version` tells a reader whether there is anything new."""

    def __init__(self, clock: Callable[[], str]) -> None:
        self._clock = clock
        self.lines: deque[LogLine] = deque(maxlen=KEEP_LINES)
        self.version = 0

    def add(self, level: str, source: str, text: str) -> None:
        """Append a line; hostile text is made harmless."""
        line = LogLine(self._clock(), clean(level, 10), clean(source, 24), clean(text, 400))
        self.lines.append(line)
        self.version += 1
