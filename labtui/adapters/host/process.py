"""The runner as a child process of this one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

from labtui.core.protocol import Job, encode_job
from labtui.core.text import clean
from labtui.errors import RunnerFailed
from labtui.failure import FailureCode

_COMMAND = ("-m", "labtui.hostrunner")
_MAX_DIAGNOSTICS_BYTES = 8192
_REAP_S = 2.0
_SIGNAL_BASE = 128
_PIPE = asyncio.subprocess.PIPE


class HostRunner:
    """Implements `labtui.ports.RunnerProcess`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        # None only for streams that are not pipes; `host_runner` makes all three pipes.
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._stderr_pipe = cast("asyncio.StreamReader", process.stderr)
        self._stderr = b""
        self._drain = asyncio.create_task(self._keep_stderr())

    def give(self, job: Job) -> None:
        """Write the job; stdin stays open, since its end means stop."""
        self._stdin.write(encode_job(job))

    async def read(self) -> bytes:
        """Return the next bytes of its event stream; b"" once it has ended."""
        data = await self._stdout.read(1 << 16)
        if not data:
            await self.end()
        return data

    def stop(self) -> None:
        """Close its stdin: it ends cleanly, and its last events still arrive."""
        self._stdin.close()

    @property
    def exit_code(self) -> int | None:
        """How it ended, as a shell says it; None while it has not."""
        code = self._process.returncode
        return _SIGNAL_BASE - code if code is not None and code < 0 else code

    @property
    def diagnostics(self) -> str:
        """The end of what it printed to stderr, and its exit code if it has one."""
        words = " ".join(self._stderr.decode(errors="replace").split())
        code = self.exit_code
        return clean(f"{words[-1000:]} {'' if code is None else f'exit code {code}'}".strip(), 1100)

    async def end(self) -> None:
        """Leave no process of its group behind, and no open pipe."""
        self.stop()
        if self._process.returncode is None and self._stdout.at_eof():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _REAP_S)
        self.kill()
        while await self._stdout.read(1 << 16):
            pass
        await self._process.wait()
        await self._drain

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _keep_stderr(self) -> None:
        while data := await self._stderr_pipe.read(4096):
            self._stderr = (self._stderr + data)[-_MAX_DIAGNOSTICS_BYTES:]


@asynccontextmanager
async def host_runner(job: Job, folder: Path) -> AsyncIterator[HostRunner]:
    """Start the runner in `folder` with its job. Raises RunnerFailed if it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_COMMAND,
            stdin=_PIPE,
            stdout=_PIPE,
            stderr=_PIPE,
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        raise RunnerFailed(FailureCode.RUNNER_MISSING, f"it cannot be started: {error}.") from error
    runner = HostRunner(process)
    try:
        runner.give(job)
        yield runner
    finally:
        runner.kill()
        await runner.end()
