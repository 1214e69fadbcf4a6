"""A runner at work on a phone."""

import contextlib
from collections.abc import AsyncIterator

from labtui.adapters.android.phone import Phone
from labtui.adapters.android.program import Call, RemoteProgram, running
from labtui.adapters.android.shell import PacketId


class AndroidRunner:
    """Implements `labtui.ports.RunnerProcess` on top of a program that speaks the protocol."""

    def __init__(self, program: RemoteProgram) -> None:
        self._program = program

    async def read(self) -> bytes:
        """Return the next bytes of the event stream; b"" once it has ended.

        May be cancelled and called again without losing anything. Raises DeviceHung or
        DeviceGone.
        """
        while piece := await self._program.read():
            kind, data = piece
            if kind is PacketId.STDOUT:
                return data
            self._program.remember(data)
        return b""

    def stop(self) -> None:
        """Close its stdin: it ends cleanly, and its last events still arrive."""
        self._program.close_stdin()

    @property
    def exit_code(self) -> int | None:
        """How the runner ended, as the phone's shell says it; None while it has not."""
        return self._program.exit_code

    @property
    def diagnostics(self) -> str:
        """The end of its stderr, and its exit code if it has one; clean, on one line."""
        return self._program.diagnostics

    async def close(self) -> None:
        """End it at once. Raises DeviceError."""
        await self._program.close()


@contextlib.asynccontextmanager
async def started(phone: Phone, call: Call, job: bytes) -> AsyncIterator[AndroidRunner]:
    """Start a runner with its job; leaving the context leaves no process behind."""
    async with running(phone, call, job) as program:
        yield AndroidRunner(program)
