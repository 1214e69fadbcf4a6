"""A program at work on a phone: started so that hanging up ends it, and seen to its end."""

import asyncio
import contextlib
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass

from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.shell import PacketId, ShellStream, command, shell_stream
from labtui.core.text import clean
from labtui.errors import DeviceError, DeviceGone, DeviceHung, RunnerFailed
from labtui.failure import FailureCode

_MAX_DIAGNOSTICS = 8192
_OUTPUT = (PacketId.STDOUT, PacketId.STDERR)


@dataclass(frozen=True, slots=True)
class Call:
    """A program of a phone, and how to execute it."""

    program: str
    """Its path."""
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that it needs, with their values."""
    affinity: int | None = None
    """Bit mask of the CPUs it may use."""

    @property
    def script(self) -> str:
        """The command line; `exec` makes the program what adbd hangs up with the stream."""
        folder = f"cd {command(FOLDER)}"
        pinned = () if self.affinity is None else ("taskset", f"{self.affinity:x}")
        start = f"exec {command(*pinned, self.program, *self.arguments)}"
        if not self.environment:
            return f"{folder} && {start}"
        values = " ".join(f"{name}={command(value)}" for name, value in self.environment)
        return f"{folder} && export {values} && {start}"


class RemoteProgram:
    """A running program, its output and its exit code."""

    def __init__(self, phone: Phone, call: Call, stream: ShellStream) -> None:
        self._phone = phone
        self._call = call
        self._stream = stream
        self._said = bytearray()
        self._exit_code: int | None = None
        self._is_lost = False
        self._packet: asyncio.Task[tuple[int, bytes]] | None = None

    async def read(self) -> tuple[PacketId, bytes] | None:
        """Return the next piece of stdout or stderr; None once the program has ended.

        May be cancelled and called again without losing anything. Raises DeviceHung or
        DeviceGone.
        """
        while self._exit_code is None:
            kind, data = await self._next_packet()
            if kind == PacketId.EXIT:
                self._exit_code = data[0] if data else 255
            elif kind in _OUTPUT and data:
                return PacketId(kind), data
        return None

    async def _next_packet(self) -> tuple[int, bytes]:
        """Wait for a packet in a task of its own: a cancelled wait must not tear one in two."""
        if self._packet is None:
            self._packet = asyncio.create_task(self._stream.read(limit_s=None))
        try:
            with self._phone.speaking():
                await self._phone.watch_over(self._packet)
                done, self._packet = self._packet, None
                return done.result()
        except DeviceError:
            self._is_lost = True
            raise

    def close_stdin(self) -> None:
        """Let it read the end of its stdin."""
        self._stream.close_stdin()

    @property
    def exit_code(self) -> int | None:
        """How it ended, as the phone's shell says it; None while it has not."""
        return self._exit_code

    def remember(self, said: bytes) -> None:
        """Take what it said to people into its diagnostics."""
        self._said += said
        del self._said[:-_MAX_DIAGNOSTICS]

    @property
    def diagnostics(self) -> str:
        """The end of what it said, and its exit code if it has one; clean, on one line."""
        words = " ".join(self._said.decode(errors="replace").split())
        code = "" if self._exit_code is None else f"exit code {self._exit_code}"
        return clean(f"{words[-1000:]} {code}".strip(), 1100)

    async def close(self) -> None:
        """Hang up, and see to it that no process is left on a phone that can still be asked.

        Raises DeviceError.
        """
        self._stream.abort()
        if self._packet:
            self._packet.cancel()
            await asyncio.gather(self._packet, return_exceptions=True)
        if self._exit_code is None and not self._is_lost:
            await _end_processes(self._phone, posixpath.basename(self._call.program))


async def _end_processes(phone: Phone, name: str) -> None:
    """Wait a second for a program that was hung up to end, then kill it.

    By name: a device does one launch at a time, and this ends one that was left behind as well.
    """
    find = command("pidof", name)
    script = (
        f"for i in 1 2 3 4 5 6 7 8 9 10; do {find} >/dev/null || exit 0; sleep 0.1; done; "
        f"kill -9 $({find}); sleep 0.2; {find} >/dev/null || exit 0; exit 1"
    )
    if (await phone.run(script)).exit_code != 0:
        raise RunnerFailed(
            FailureCode.RUNNER_HUNG, f"it does not end on {phone.facts.name}: restart the phone."
        )


@contextlib.asynccontextmanager
async def running(phone: Phone, call: Call, stdin: bytes = b"") -> AsyncIterator[RemoteProgram]:
    """Start a program; leaving the context leaves no process behind.

    When the phone itself is gone or hung, nothing can be verified, and the error of the body
    stands.
    """
    async with contextlib.AsyncExitStack() as stack:
        with phone.speaking():
            stream = await stack.enter_async_context(shell_stream(phone.route, call.script))
            if stdin:
                await stream.write(stdin)
        program = RemoteProgram(phone, call, stream)
        try:
            yield program
        finally:
            with contextlib.suppress(DeviceGone, DeviceHung):
                await program.close()
