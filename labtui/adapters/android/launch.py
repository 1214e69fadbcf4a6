"""A runner at work on a phone."""

import asyncio
import contextlib
import posixpath
from collections.abc import AsyncIterator

from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.shell import PacketId, ShellStream, command, shell_stream
from labtui.failure import FailureCode
from labtui.core.text import clean
from labtui.errors import DeviceError, DeviceGone, DeviceHung, RunnerFailed

_MAX_DIAGNOSTICS = 8192


class AndroidRunner:
    """Implements `labtui.ports.RunnerProcess` on top of a shell stream."""

    def __init__(self, phone: Phone, program: str, stream: ShellStream) -> None:
        self._phone = phone
        self._program = program
        self._stream = stream
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._exit_code: int | None = None
        self._is_lost = False
        self._packet: asyncio.Task[tuple[int, bytes]] | None = None

    async def read(self) -> bytes:
        """Return the next bytes of the event stream; b"" once it has ended.

        May be cancelled and called again without losing anything. Raises DeviceHung or
        DeviceGone.
        """
        while not self._stdout and self._exit_code is None:
            self._take(*await self._next_packet())
        data = bytes(self._stdout)
        self._stdout.clear()
        return data

    def _take(self, packet_id: int, data: bytes) -> None:
        match packet_id:
            case PacketId.STDOUT:
                self._stdout += data
            case PacketId.STDERR:
                self._stderr += data
                del self._stderr[:-_MAX_DIAGNOSTICS]
            case PacketId.EXIT:
                self._exit_code = data[0] if data else 255

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

    def stop(self) -> None:
        """Close its stdin: it ends cleanly, and its last events still arrive."""
        self._stream.close_stdin()

    @property
    def exit_code(self) -> int | None:
        """How the runner ended, as the phone's shell says it; None while it has not."""
        return self._exit_code

    @property
    def diagnostics(self) -> str:
        """The end of its stderr, and its exit code if it has one; clean, on one line."""
        words = " ".join(self._stderr.decode(errors="replace").split())
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
            await _end_processes(self._phone, posixpath.basename(self._program))


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
async def started(phone: Phone, program: str, job: bytes) -> AsyncIterator[AndroidRunner]:
    """Start a runner with its job; leaving the context leaves no process behind.

    `exec` makes the runner the process that adbd hangs up when the stream closes. When the phone
    itself is gone or hung, nothing can be verified, and the error of the body stands.
    """
    start = f"cd {command(FOLDER)} && exec {command(program)}"
    async with contextlib.AsyncExitStack() as stack:
        with phone.speaking():
            stream = await stack.enter_async_context(shell_stream(phone.route, start))
            await stream.write(job)
        process = AndroidRunner(phone, program, stream)
        try:
            yield process
        finally:
            with contextlib.suppress(DeviceGone, DeviceHung):
                await process.close()
