"""Sends events without ever holding up a timed inference."""

import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import BinaryIO

from labtui.core.protocol import Alive, RunnerEvent, encode_event
from labtui.failure import FailureCode
from labtui.hostrunner.clocks import mono_ns
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.storage import failure_of, write_whole

ALIVE_S = 1.0
CLOSE_S = 2.0
"""How long the last events may take to leave when the host has stopped reading."""
MAX_BACKLOG_BYTES = 32 << 20


class Reporter:
    """Encodes in the caller's thread, writes in its own; keeps a copy in a file when asked to."""

    def __init__(self, out_fd: int, on_lost: Callable[[], None]) -> None:
        """Write to `out_fd`; call `on_lost` from the writer once nobody reads there any more."""
        self._fd = out_fd
        self._on_lost = on_lost
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._copy: BinaryIO | None = None
        # Two counters, each written by one thread only, so that no lock is needed.
        self._queued_bytes = 0
        self._done_bytes = 0
        self._says_alive = False
        self._writer = threading.Thread(target=self._write_all, name="events", daemon=True)
        self._writer.start()

    def copy_to(self, path: str) -> None:
        """Keep a copy of all further events in a file. Raises RunnerFailure if that fails."""
        try:
            self._copy = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 (lives as long as we)
        except (OSError, ValueError) as error:
            raise RunnerFailure(
                FailureCode.BAD_JOB, f"the raw file cannot be written: {error}"
            ) from error

    def send(self, event: RunnerEvent) -> None:
        """Take an event. Raises RunnerFailure when its copy does not fit on the disk.

        Raises RunnerFailure as well when megabytes of events wait for a host that does not read.
        """
        line = encode_event(event)
        self._queued_bytes += len(line)
        self._lines.put(line)
        self._says_alive = True
        self._keep(line)
        if self._queued_bytes - self._done_bytes > MAX_BACKLOG_BYTES:
            raise RunnerFailure(FailureCode.RUN_FAILED, "the host has stopped reading the events")

    def close(self) -> None:
        """Let what was sent leave, within `CLOSE_S`."""
        self._lines.put(None)
        self._writer.join(CLOSE_S)
        self._drop_copy()

    def _keep(self, line: bytes) -> None:
        try:
            if self._copy is not None:
                write_whole(self._copy, line)
        except OSError as error:
            self._drop_copy()
            raise failure_of(error, FailureCode.RUN_FAILED, "the raw file") from error

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _write_all(self) -> None:
        is_open = True
        while (line := self._next_line()) is not None:
            is_open = is_open and self._write(line)

    def _next_line(self) -> bytes | None:
        while True:
            try:
                line = self._lines.get(timeout=ALIVE_S)
            except Empty:
                if not self._says_alive:
                    continue
                return encode_event(Alive(mono_ns()))
            self._done_bytes += len(line or b"")
            return line

    def _write(self, line: bytes) -> bool:
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except OSError:
            self._on_lost()
            return False
        return True
