"""A runner at work on an iPhone: one connection to its app."""

import contextlib
import time
from collections.abc import AsyncIterator

from labtui.adapters.ios.phone import Phone
from labtui.adapters.ios.runner_link import RunnerLink
from labtui.adapters.ios.usbmux import MuxStream
from labtui.core.protocol import Hello, ProtocolViolation, decode_event
from labtui.errors import DeviceGone

STOP_LINE = b'{"ev":"stop"}\n'
"""usbmuxd answers the end of one direction by closing both, and the last events would be lost."""
LAUNCH_OPEN_S = 30.0
"""How long an app that was open a moment ago is waited for."""
_TAIL_BYTES = 4096
_LAST_EVENTS = (b'"ev":"end"', b'"ev":"error"')


class BootClock:
    """The phone's CLOCK_BOOTTIME, as its last runner's hello tied it to this computer's clock."""

    def __init__(self) -> None:
        self._offset_ns: int | None = None

    def now_ns(self) -> int:
        """Return the phone's time since boot; 0 while it is not known."""
        return 0 if self._offset_ns is None else time.monotonic_ns() + self._offset_ns

    def tie(self, hello: Hello) -> None:
        """Take note of a hello that has just arrived."""
        self._offset_ns = hello.boot_ns - time.monotonic_ns()


class IosRunner:
    """Implements `labtui.ports.RunnerProcess` on a connection through usbmuxd."""

    def __init__(self, phone: Phone, stream: MuxStream, clock: BootClock) -> None:
        self._phone = phone
        self._stream = stream
        self._clock = clock
        self._head: bytes | None = b""
        """What came before the hello; None once it has been seen."""
        self._tail = b""
        self._is_stopping = False

    def give(self, job: bytes) -> None:
        """Write the job; the connection stays open, since its end means stop."""
        self._stream.writer.write(job)

    async def read(self) -> bytes:
        """Return the next bytes of the event stream; b"" once the app has closed it.

        May be cancelled and called again without losing anything. Raises DeviceGone or DeviceHung
        when it is the phone that has left.
        """
        try:
            data = await self._stream.reader.read(1 << 16)
        except OSError:
            data = b""
        if not data and not self._has_ended:
            await self._phone.probe()
            if not self._phone.is_attached():
                raise DeviceGone(f"{self._phone.name} has left the bench: plug it in again.")
        self._look_at(data)
        return data

    def stop(self) -> None:
        """Ask it to end cleanly; its last events still arrive."""
        if not self._is_stopping and not self._stream.writer.is_closing():
            self._is_stopping = True
            self._stream.writer.write(STOP_LINE)

    @property
    def exit_code(self) -> int | None:
        """None: an app has no exit code."""
        return None

    @property
    def diagnostics(self) -> str:
        """What the end of the connection tells; apps have no stderr."""
        if self._has_ended:
            return ""
        if not self._tail:
            return "the app hung up at once: it did not accept labtui's token, or was closed"
        return "the app was closed or left the front; keep it open while it measures"

    async def close(self) -> None:
        """Hang up: the app ends the launch."""
        await self._stream.close()

    @property
    def _has_ended(self) -> bool:
        """Whether the last line is the last event of a launch."""
        last_line = self._tail.rstrip(b"\n").rpartition(b"\n")[2]
        return any(event in last_line for event in _LAST_EVENTS)

    def _look_at(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        if self._head is None:
            return
        *lines, self._head = (self._head + data).split(b"\n")
        for line in lines:
            with contextlib.suppress(ProtocolViolation):
                if isinstance(event := decode_event(line), Hello):
                    self._clock.tie(event)
                    self._head = None
                    return


@contextlib.asynccontextmanager
async def started(
    phone: Phone, link: RunnerLink, job: bytes, clock: BootClock
) -> AsyncIterator[IosRunner]:
    """Start a launch with its job; leaving the context ends it on the phone."""
    runner = IosRunner(phone, await link.open(LAUNCH_OPEN_S), clock)
    try:
        runner.give(job)
        yield runner
    finally:
        await runner.close()
