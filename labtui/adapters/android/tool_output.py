"""What a tool prints on both of its streams, as lines in the order of their arrival."""

from labtui.adapters.android.shell import PacketId
from labtui.core.protocol import Log
from labtui.core.text import clean

MAX_BYTES = 4 << 20
"""Longer output is read, and forgotten."""
MAX_LINE_BYTES = 1 << 16
MAX_LOGGED = 200
_LOG_CHARACTERS = 400
_LEVELS = {"ERROR": "error", "WARN": "warning"}


class ToolOutput:
    """Collects the output of one invocation; what follows the limits is left out."""

    def __init__(self) -> None:
        self._unfinished = {PacketId.STDOUT: b"", PacketId.STDERR: b""}
        self._lines: list[str] = []
        self._size_bytes = 0
        self._logged = 0

    def feed(self, kind: PacketId, data: bytes) -> list[Log]:
        """Take a piece of one stream; return what it adds to the log."""
        *whole, rest = (self._unfinished[kind] + data).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            whole, rest = [*whole, rest[:MAX_LINE_BYTES]], b""
        self._unfinished[kind] = rest
        return [log for line in whole for log in self._take(line)]

    @property
    def text(self) -> str:
        """Everything, without a line break at its end when the last line was cut."""
        cut = next((rest for rest in self._unfinished.values() if rest), b"")
        return "".join(f"{line}\n" for line in self._lines) + cut.decode(errors="replace")

    def _take(self, line: bytes) -> list[Log]:
        self._size_bytes += len(line) + 1
        if self._size_bytes > MAX_BYTES:
            return []
        text = line.decode(errors="replace")
        self._lines.append(text)
        return self._log(text) if text.strip() else []

    def _log(self, text: str) -> list[Log]:
        self._logged += 1
        if self._logged > MAX_LOGGED:
            return []
        if self._logged == MAX_LOGGED:
            return [Log("warning", "the tool prints more than the log shows")]
        level = next((word for key, word in _LEVELS.items() if text.startswith(key)), "info")
        return [Log(level, clean(text.rstrip("\r"), _LOG_CHARACTERS))]
