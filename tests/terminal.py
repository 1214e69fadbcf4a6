"""A program on a real pty, and what its screen shows."""

import time
from collections.abc import Callable, Mapping, Sequence

import pexpect
import pyte

ENTER_ALT, LEAVE_ALT = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """Runs a program; close it when done."""

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], size: tuple[int, int] = (80, 24)
    ) -> None:
        width, height = size
        described = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):  # what a test runner may have set
            described.pop(name, None)
        self.child = pexpect.spawn(
            argv[0], list(argv[1:]), dimensions=(height, width), env=described, timeout=20
        )
        self.raw = b""
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)

    def read(self) -> None:
        """Take what the program wrote, if it did within a moment."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        self._stream.feed(data)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self._screen.display)

    def send(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the window."""
        self._screen.resize(height, width)
        self.child.setwinsize(height, width)

    def wait_for(self, condition: Callable[[], bool], limit_s: float = 30.0) -> None:
        """Read until something is so."""
        end_s = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < end_s, f"not within {limit_s} s:\n{self.text}"
            self.read()

    def wait_for_text(self, words: str, limit_s: float = 30.0) -> None:
        """Read until the screen shows the words."""
        self.wait_for(lambda: words in self.text, limit_s)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self.wait_for(lambda: not self.child.isalive())
        self.read()
        self.child.close()
        status = self.child.exitstatus
        assert status is not None, f"killed by signal {self.child.signalstatus}"
        return int(status)

    @property
    def is_restored(self) -> bool:
        """Whether the terminal was left as it was: normal screen, cursor shown."""
        has_left = self.raw.count(ENTER_ALT) == self.raw.count(LEAVE_ALT) == 1
        return has_left and self.raw.rfind(b"\x1b[?25h") > self.raw.rfind(b"\x1b[?25l")
