"""`benchmark_model` as a runner: its text becomes events, its totals stay totals.

The tool times inferences by itself and prints aggregates at the end, so that a launch reports an
aggregate instead of samples. Two invocations: one measures, a second one profiles if asked to.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from labtui.adapters.android.benchmark_flags import (
    NotInTool,
    ToolFlags,
    ToolJob,
    help_call,
    measuring_call,
    parse_help,
    profiling_call,
)
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.program import Call, RemoteProgram, running
from labtui.adapters.android.tool_output import ToolOutput
from labtui.adapters.android.vitals import parse_uptime
from labtui.core.logs.benchmark_model import parse_benchmark_model, runner_events
from labtui.core.placement import Placement
from labtui.core.protocol import (
    PROTOCOL_VERSION,
    Alive,
    End,
    Hello,
    Log,
    Profile,
    RunnerError,
    RunnerEvent,
    encode_event,
)
from labtui.errors import RunnerFailed
from labtui.failure import FailureCode

NAME = "benchmark_model"
_ALIVE_S = 1.0
_MAX_QUOTED = 300
_FIRST_ABNORMAL = 126
"""From here on exit codes are the shell's: not executable, not found, ended by a signal."""


class BenchmarkModelRunner:
    """Implements `labtui.ports.RunnerProcess` on top of one or two invocations of the tool."""

    def __init__(self, phone: Phone, job: ToolJob) -> None:
        self._phone = phone
        self._job = job
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._program: RemoteProgram | None = None
        self._boot_offset_ns: int | None = None
        """Boot clock of the phone minus the monotonic clock of this computer."""
        self._is_stopping = False
        self._is_ending = False
        self._is_over = False
        self._task = asyncio.create_task(self._work())
        self._task.add_done_callback(lambda _task: self._queue.put_nowait(b""))

    async def read(self) -> bytes:
        """Return the next event, `alive` after a second without one; b"" after the last.

        May be cancelled and called again without losing anything. Raises DeviceError.
        """
        while not self._is_over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ALIVE_S):
                    data = await self._queue.get()
                if data:
                    return data
                self._is_over = True
                break
            if self._boot_offset_ns is not None:
                return encode_event(Alive(self._now_ns()))
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()
        return b""

    def stop(self) -> None:
        """Hang up on the tool, which ends it; it tells nothing of what it has measured."""
        self._is_stopping = True
        self._hang_up()

    @property
    def exit_code(self) -> int | None:
        """How its last invocation ended; None while it has not."""
        return self._program.exit_code if self._program else None

    @property
    def diagnostics(self) -> str:
        """The end of what it printed, and its exit code if it has one."""
        return self._program.diagnostics if self._program else ""

    async def close(self) -> None:
        """Leave no process behind."""
        self._hang_up()
        await asyncio.gather(self._task, return_exceptions=True)

    def _hang_up(self) -> None:
        """Cancel once: a second time would tear the work that sees to the tool's end."""
        if not self._is_ending:
            self._is_ending = True
            self._task.cancel()

    async def _work(self) -> None:
        """Do everything; one that is told to stop ends as it should. Raises DeviceError."""
        try:
            async with asyncio.timeout(self._job.limit_s):
                await self._converse()
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
            if self._boot_offset_ns is not None:
                self._emit(End(self._now_ns(), warmup=0, measured=0, is_stopped=True))
        except TimeoutError as error:
            raise RunnerFailed(
                FailureCode.RUNNER_HUNG, f"{NAME} did not end within {self._job.limit_s:.0f} s."
            ) from error

    async def _converse(self) -> None:
        known = parse_help(await self._invoke(help_call(self._job), logs=False))
        uptime_ns = parse_uptime((await self._phone.run("cat /proc/uptime")).stdout)
        self._boot_offset_ns = uptime_ns - time.monotonic_ns()
        self._emit(self._hello(known))
        if self._was_abnormal():
            return
        try:
            printed = await self._invoke(measuring_call(self._job, known))
        except NotInTool as error:
            cure = "leave the option out, or take another build of it"
            self._emit(RunnerError(FailureCode.BAD_JOB, f"with {NAME}, {error}: {cure}."))
            return
        if not self._was_abnormal():
            await self._report(self._told(printed), known)

    async def _report(self, told: list[RunnerEvent], known: ToolFlags) -> None:
        """Say what came of measuring; the last event waits for what is asked for besides.

        A run that told no end has none, as any stream that is cut.
        """
        last = told.pop() if told and isinstance(told[-1], End | RunnerError) else None
        for event in told:
            self._emit(event)
        if isinstance(last, End):
            await self._besides(known)
        if last is not None:
            self._emit(replace(last, t_ns=self._now_ns()) if isinstance(last, End) else last)

    async def _besides(self, known: ToolFlags) -> None:
        request = self._job.request
        if request.control_runs:
            self._emit(Log("info", f"{NAME} tells no single inferences: there is no control run"))
        if request.profile_runs:
            await self._profile(known)

    async def _profile(self, known: ToolFlags) -> None:
        """Invoke the tool a second time, for what profiling costs must not be in the totals."""
        try:
            told = self._told(await self._invoke(profiling_call(self._job, known), logs=False))
        except NotInTool as error:
            self._emit(Log("info", f"{NAME} cannot profile: {error}"))
            return
        found = [event for event in told if isinstance(event, Profile)]
        for event in found:
            runs = event.runs or self._job.request.profile_runs
            self._emit(replace(event, runs=runs))
        for placement in (event for event in told if isinstance(event, Placement)):
            self._emit(placement)
        if not found:
            words = self.diagnostics[-_MAX_QUOTED:]
            self._emit(Log("warning", f"the profiling pass told nothing: {words}"))

    def _told(self, printed: str) -> list[RunnerEvent]:
        """Return what the tool says of its last run, of the accelerator that was asked for."""
        runs = parse_benchmark_model(printed).runs
        events = runner_events(runs[-1], self._now_ns()) if runs else []
        asked = self._job.request.engine.accelerator
        return [replace(e, asked=asked) if isinstance(e, Placement) else e for e in events]

    async def _invoke(self, call: Call, *, logs: bool = True) -> str:
        """Run the tool to its end and return what it printed. Raises DeviceError."""
        output = ToolOutput()
        async with running(self._phone, call) as program:
            self._program = program
            while piece := await program.read():
                program.remember(piece[1])
                for log in output.feed(*piece):
                    if logs:
                        self._emit(log)
        return output.text

    def _was_abnormal(self) -> bool:
        """Whether the last invocation ended in a way that its exit code tells best."""
        return (self.exit_code or 0) >= _FIRST_ABNORMAL

    def _hello(self, known: ToolFlags) -> Hello:
        """Greet; the tool says neither its version nor its pid, and has one clock to read."""
        now_ns = self._now_ns()
        return Hello(PROTOCOL_VERSION, NAME, "", known.engine, "", 0, now_ns, now_ns)

    def _now_ns(self) -> int:
        """Return the phone's boot clock, which it was asked for once."""
        return time.monotonic_ns() + (self._boot_offset_ns or 0)

    def _emit(self, event: RunnerEvent) -> None:
        self._queue.put_nowait(encode_event(event))


@contextlib.asynccontextmanager
async def benchmark_model(phone: Phone, job: ToolJob) -> AsyncIterator[BenchmarkModelRunner]:
    """Run the tool on a pushed variant; leaving the context leaves no process behind."""
    runner = BenchmarkModelRunner(phone, job)
    try:
        yield runner
    finally:
        await runner.close()
