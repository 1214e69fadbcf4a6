"""What runs on a phone."""

import errno
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass

_FIRST_PID = 10_000
_SYSTEM = {1: "init", 812: "surfaceflinger", 1544: "system_server", 2208: "com.android.systemui"}


@dataclass(frozen=True, slots=True)
class _Program:
    name: str
    send_signal: Callable[[int], None]
    is_simulated: bool
    """Its pid is no pid of the host."""


class ProcessTable:
    """Pids and names; only what is in here can be killed from here."""

    def __init__(self) -> None:
        self._pids = itertools.count(_FIRST_PID)
        self._programs: dict[int, _Program] = {}

    def new_pid(self) -> int:
        """Return a pid for something that is no real process."""
        return next(self._pids)

    def add(
        self, pid: int, name: str, send_signal: Callable[[int], None], is_simulated: bool = False
    ) -> None:
        """Take note of a running program; the pid of one that is not simulated is the host's."""
        self._programs[pid] = _Program(name, send_signal, is_simulated)

    def remove(self, pid: int) -> None:
        """Take note of its end."""
        self._programs.pop(pid, None)

    def running(self) -> dict[int, str]:
        """Return the names by pid."""
        return _SYSTEM | {pid: program.name for pid, program in self._programs.items()}

    def programs(self) -> tuple[int, ...]:
        """Return the pids of all that a client has started."""
        return tuple(self._programs)

    def host_programs(self) -> tuple[int, ...]:
        """Return the pids of the programs that are processes of the host."""
        return tuple(pid for pid, one in self._programs.items() if not one.is_simulated)

    def kill(self, pid: int, signal_number: int) -> None:
        """Send a signal. Raises OSError: not permitted, or no such process."""
        if pid in _SYSTEM:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        if pid not in self._programs:
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        self._programs[pid].send_signal(signal_number)
