"""One runner process under check: fed, read, signalled, and always reaped."""

import fcntl
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

from labtui.conformance.played import Line, Played

MAX_STDOUT_BYTES = 64 << 20
_STDERR_BYTES = 4096
_TICK_S = 0.02
_SMALL_PIPE_BYTES = 4096


class CannotStart(Exception):
    """There is no such program, or it may not be run."""


class RunnerChild:
    """Starts the command; leaving the context leaves no process and no open pipe."""

    def __init__(self, command: Sequence[str], *, small_pipe: bool = False) -> None:
        """Start it. Raises CannotStart."""
        self._started_s = time.monotonic()
        self._process = _started(command)
        self._stdin, self._stdout, self._stderr = map(
            _pipe, (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        self._lines: list[Line] = []
        self._tail = b""
        self._complaints = b""
        self._unsent = b""
        self._stdout_bytes = 0
        self._is_stdin_ending = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        if small_pipe:
            _shrink(self._stdout)

    @property
    def pid(self) -> int:
        """The process that was started; a wrapper, if the command is one."""
        return self._process.pid

    def has_said(self, words: bytes) -> bool:
        """Tell whether a whole line with these words has come."""
        return any(words in line.data for line in self._lines)

    def send(self, data: bytes) -> None:
        """Have bytes written to its stdin while it is watched."""
        if not self._unsent:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._unsent += data

    def close_stdin(self) -> None:
        """End its stdin once all that was sent has left."""
        self._is_stdin_ending = True
        if not self._unsent:
            self._stdin.close()

    def close_stdout(self) -> None:
        """Stop reading for good."""
        self._drop(self._stdout)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was started."""
        self._process.send_signal(number)

    def watch(self, is_enough: Callable[[], bool], limit_s: float) -> bool:
        """Read until there is enough; False when it ended or the time ran out before."""
        deadline_s = time.monotonic() + limit_s
        while not is_enough():
            if self._has_ended() or time.monotonic() >= deadline_s:
                return False
            self._pump()
        return True

    def pause_reading(self, seconds: float) -> None:
        """Leave its stdout alone for a while, as a slow host does."""
        if self._stdout.closed:
            return
        self._selector.unregister(self._stdout)
        self.watch(lambda: False, seconds)
        self._selector.register(self._stdout, selectors.EVENT_READ)

    def finish(self, limit_s: float) -> Played:
        """Read on until it has ended, but no longer than that."""
        self.watch(lambda: False, limit_s)
        ended_s = time.monotonic()
        is_hung = not self._has_ended()
        self._kill()
        if self._tail:
            self._lines.append(Line(self._tail, ended_s, is_whole=False))
        return Played(
            lines=tuple(self._lines),
            exit_code=None if is_hung else self._process.returncode,
            seconds=ended_s - self._started_s,
            stderr=self._complaints.decode(errors="replace"),
        )

    def _has_ended(self) -> bool:
        """Tell whether the process is gone and all that it wrote is read."""
        return self._process.poll() is not None and self._stdout.closed

    def _pump(self) -> None:
        for key, _ in self._selector.select(_TICK_S):
            if key.fileobj is self._stdin:
                self._feed()
            elif key.fileobj is self._stdout:
                self._keep(self._read(self._stdout))
            else:
                data = self._read(self._stderr)
                self._complaints = (self._complaints + data)[-_STDERR_BYTES:]

    def _feed(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._stdin.fileno(), self._unsent) :]
        except BlockingIOError:
            return
        except OSError:  # it reads no more; whether that is right shows in what it says
            self._unsent = b""
        if not self._unsent:
            self._selector.unregister(self._stdin)
            if self._is_stdin_ending:
                self._stdin.close()

    def _read(self, stream: IO[bytes]) -> bytes:
        data = os.read(stream.fileno(), 65536)
        if not data:
            self._drop(stream)
        return data

    def _keep(self, data: bytes) -> None:
        now_s = time.monotonic()
        *whole, self._tail = (self._tail + data).split(b"\n")
        self._lines += [Line(line, now_s) for line in whole]
        self._stdout_bytes += len(data)
        if self._stdout_bytes > MAX_STDOUT_BYTES:
            self._kill()

    def _drop(self, stream: IO[bytes]) -> None:
        if not stream.closed:
            self._selector.unregister(stream)
            stream.close()

    def _kill(self) -> None:
        """End the process with all that it started in its session."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._kill()
        self._selector.close()
        for stream in (self._stdin, self._stdout, self._stderr):
            stream.close()


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
        )
    except OSError as error:
        raise CannotStart(str(error)) from error


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 (all three were asked for)
    os.set_blocking(stream.fileno(), False)
    return stream


def _shrink(stream: IO[bytes]) -> None:
    """Make the pipe small where the system can, so that little output fills it."""
    resize = getattr(fcntl, "F_SETPIPE_SZ", None)
    if resize is not None:
        fcntl.fcntl(stream.fileno(), resize, _SMALL_PIPE_BYTES)
