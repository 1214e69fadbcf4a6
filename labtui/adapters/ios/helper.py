"""The worker process of one phone, seen from the app: started when needed, killed when stuck."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import cast

from labtui.adapters.ios.config import ADDRESS_VARIABLE, IosConfig
from labtui.adapters.ios.messages import (
    MAX_LINE_BYTES,
    Arguments,
    Done,
    Failed,
    Message,
    Op,
    Progress,
    decode_message,
    encode_request,
)
from labtui.adapters.ios.plists import MuxEntry
from labtui.core.text import clean

START_S = 20.0
"""Longest a first answer may take: the library alone is 1 to 3 s of imports."""
ANSWER_S = 6.0
STALL_S = {Op.PUSH: 5.0, Op.INSTALL: 120.0, Op.MOUNT_IMAGE: 120.0}
"""Longest a long request may show no progress: iOS verifies apps and images without a word."""
_PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONPATH", "SYSTEMROOT")
_PIPE = asyncio.subprocess.PIPE

OnProgress = Callable[[int, int], None]


class WorkerError(Exception):
    """A request was not carried out; the message is clean text."""


class WorkerSilent(WorkerError):
    """No answer in time; the worker has been killed."""


class WorkerEnded(WorkerError):
    """The worker ended, or was killed."""


class WorkerRefused(WorkerError):
    """The phone or the library said no."""

    def __init__(self, failed: Failed) -> None:
        """Keep the cause beside the text."""
        super().__init__(clean(failed.text, 300))
        self.cause = failed.cause


class Helper:
    """Starts the worker with the first request, and anew after it was killed."""

    def __init__(self, config: IosConfig, entry: MuxEntry) -> None:
        self._config = config
        self._entry = entry
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._stderr: asyncio.Task[bytes] | None = None
        self._number = 0
        self._exchanges: set[asyncio.Task[Arguments]] = set()
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The process that is at work; None when none is."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def ask(self, op: Op, limit_s: float = ANSWER_S, **arguments: object) -> Arguments:
        """Have a request carried out. Raises WorkerError.

        A caller that is cancelled leaves the request to its end: the next one waits for it.
        """
        exchange = asyncio.create_task(self._exchange(op, arguments, limit_s, None))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._forget)
        return await asyncio.shield(exchange)

    async def follow(self, op: Op, on_progress: OnProgress, **arguments: object) -> Arguments:
        """Have a long request carried out; it may stall for STALL_S.

        A caller that is cancelled kills the worker: nothing else ends a transfer for sure.
        """
        try:
            return await self._exchange(op, arguments, STALL_S[op], on_progress)
        except asyncio.CancelledError:
            await self.kill()
            raise

    async def kill(self) -> None:
        """End the worker at once; whoever waits for an answer gets WorkerEnded."""
        process, stderr = self._process, self._stderr
        self._process = None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        await _reap(process)
        # Who waits for his turn may have started the next worker meanwhile.
        if stderr is not None:
            await stderr

    async def close(self) -> None:
        """End the worker for good."""
        self._is_closed = True
        await self.kill()
        await asyncio.gather(*self._exchanges, return_exceptions=True)

    def _forget(self, exchange: asyncio.Task[Arguments]) -> None:
        self._exchanges.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()

    async def _exchange(
        self, op: Op, arguments: Arguments, limit_s: float, on_progress: OnProgress | None
    ) -> Arguments:
        async with self._turn:
            process, limit_now_s = self._process, limit_s
            if process is None or process.returncode is not None:
                process, limit_now_s = await self._start(), limit_s + START_S
            self._number += 1
            cast("asyncio.StreamWriter", process.stdin).write(
                encode_request(self._number, op, arguments)
            )
            while isinstance(message := await self._message(process, limit_now_s), Progress):
                limit_now_s = limit_s
                if on_progress is not None:
                    on_progress(message.done, message.total)
        if isinstance(message, Failed):
            raise WorkerRefused(message)
        return message.value

    async def _message(
        self, process: asyncio.subprocess.Process, limit_s: float
    ) -> Progress | Done | Failed:
        """Return the next message about the present request; answers to abandoned ones pass."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    number, message = await self._next(process)
                    if number == self._number:
                        return message
        except TimeoutError:
            await self.kill()
            raise WorkerSilent(f"no answer for {limit_s:g} s") from None

    async def _next(self, process: asyncio.subprocess.Process) -> tuple[int, Message]:
        try:
            line = await cast("asyncio.StreamReader", process.stdout).readline()
            return decode_message(line)
        except ValueError:
            # The last line of stderr is a type of exception, or the interpreter's own complaint.
            words = await self._last_words(process)
            raise WorkerEnded(f"its helper process ended{words}") from None

    async def _last_words(self, process: asyncio.subprocess.Process) -> str:
        stderr = self._stderr
        if process is self._process:
            await self.kill()
        lines = (await stderr).decode(errors="replace").split("\n") if stderr else []
        words = next((line for line in reversed(lines) if line.strip()), "")
        return f": {clean(words, 200)}" if words else ""

    async def _start(self) -> asyncio.subprocess.Process:
        if self._is_closed:
            raise WorkerEnded("its helper process was ended")
        transport = "USB" if self._entry.is_usb else "Network"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "labtui.adapters.ios.worker",
            self._entry.serial, transport, str(self._config.records),
            stdin=_PIPE, stdout=_PIPE, stderr=_PIPE, limit=MAX_LINE_BYTES,
            env=self._environment(), start_new_session=True,
        )  # fmt: skip
        self._process = process
        stderr = cast("asyncio.StreamReader", process.stderr)
        self._stderr = asyncio.create_task(_keep_end(stderr))
        return process

    def _environment(self) -> dict[str, str]:
        """Return only what it needs; an address given as an argument is not honoured everywhere."""
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**own, ADDRESS_VARIABLE: str(self._config.address)}


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Wait for a killed process and close its pipes."""
    cast("asyncio.StreamWriter", process.stdin).close()
    stdout = cast("asyncio.StreamReader", process.stdout)
    await process.wait()
    while True:
        try:
            if not await stdout.read(1 << 16):
                return
        except RuntimeError:  # somebody waits for a line: to him comes the end
            return


async def _keep_end(stderr: asyncio.StreamReader) -> bytes:
    end = b""
    while data := await stderr.read(4096):
        end = (end + data)[-2048:]
    return end
