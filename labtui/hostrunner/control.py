"""What reaches a runner from outside: its job on stdin, and the wish that it stop."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType

from labtui.core.protocol import MAX_LINE_BYTES

_STOP_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Control:
    """Reads the job and watches for the end of stdin in a thread of its own."""

    def __init__(self, stdin_fd: int) -> None:
        self._fd = stdin_fd
        # SimpleQueue is the one primitive that a signal handler may use at any moment.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._job_lines: SimpleQueue[bytes | None] = SimpleQueue()
        self.is_stopped = False

    def watch(self) -> None:
        """Start to read stdin. The thread ends with stdin, or with the process."""
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def job_line(self) -> bytes | None:
        """Wait for the first line; None when stdin ended or a signal came before it."""
        return self._job_lines.get()

    def wait(self, seconds: float) -> None:
        """Sleep, but not after a stop."""
        try:
            self._wake.get(timeout=max(0.0, seconds))
        except Empty:
            return

    def stop(self) -> None:
        """Ask the launch to end after the inference under way."""
        self.is_stopped = True
        self._wake.put(None)
        self._job_lines.put(None)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Let SIGHUP, SIGINT and SIGTERM stop the launch while the context is entered."""
        before = {number: signal.signal(number, self._on_signal) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _read(self) -> None:
        line = b""
        while b"\n" not in line and len(line) <= MAX_LINE_BYTES:
            data = self._read_some()
            if not data:
                self.stop()
                return
            line += data
        self._job_lines.put(line.split(b"\n", 1)[0])
        while self._read_some():
            pass
        self.stop()

    def _read_some(self) -> bytes:
        try:
            return os.read(self._fd, 65536)
        except OSError:
            return b""
