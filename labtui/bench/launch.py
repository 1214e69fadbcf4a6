"""One launch: start the runner, follow its stream, take readings beside it, say how it ended."""

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace

from labtui.bench import causes
from labtui.bench.evaluation import Evaluation
from labtui.core.events import (
    BenchEvent,
    LaunchEnded,
    Outcome,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
)
from labtui.core.model import DeviceId
from labtui.core.protocol import (
    BrokenStream,
    Evaluated,
    Hello,
    RunnerError,
    RunnerEvent,
    RunnerReading,
    RunnerStream,
    Samples,
)
from labtui.core.readings import ThermalStatus
from labtui.core.request import LaunchRequest
from labtui.core.stats import summarise
from labtui.errors import DeviceError, RunnerFailed
from labtui.failure import FailureCode
from labtui.ports import Clock, Device, RunnerProcess

SILENCE_S = 2.5
"""A runner says something every second; after this long the device is asked whether it lives."""
SILENCE_LIMIT_S = 60.0
"""The device answers but its runner has not said a word for this long: the runner hangs."""


class Launch:
    """State of one launch on one device."""

    def __init__(
        self,
        device: Device,
        request: LaunchRequest,
        *,
        reading_interval_s: float,
        clock: Clock,
        emit: Callable[[BenchEvent], None],
        evaluation: Evaluation | None = None,
    ) -> None:
        """Take the parts; what a launch with an evaluation times is no measurement."""
        self._device = device
        self._request = request
        self._reading_interval_s = reading_interval_s
        self._clock = clock
        self._emit = emit
        self._evaluation = evaluation
        self._evaluated: Evaluated | None = None
        self._stream = RunnerStream()
        self._measured_ns = array("q")
        self._boot_minus_mono_ns: int | None = None
        self._thermal_status: ThermalStatus | None = None
        """What the runner says, for devices that do not tell their host."""
        self._process: RunnerProcess | None = None
        self._is_stopping = False

    @property
    def _id(self) -> DeviceId:
        return self._device.id

    def stop(self) -> None:
        """Ask the runner to end cleanly; what it measured so far is kept."""
        self._is_stopping = True
        if self._process is not None:
            self._process.stop()

    async def run(self) -> Outcome:
        """Run to the end and report it. Raises the DeviceError that ended it, after reporting."""
        try:
            if self._evaluation is not None:
                await self._evaluation.open()
            async with self._device.launch(self._request) as process:
                self._process = process
                if self._is_stopping:
                    process.stop()
                await self._follow(process)
        except DeviceError as error:
            self._end(Outcome.FAILED, str(error), error.code)
            raise
        except asyncio.CancelledError:
            self._end(Outcome.STOPPED, "Stopped before the runner had ended.")
            raise
        outcome = Outcome.STOPPED if self._is_stopping else Outcome.DONE
        self._end(outcome, "")
        return outcome

    async def _follow(self, process: RunnerProcess) -> None:
        beside = [asyncio.create_task(self._take_readings())]
        if self._evaluation is not None:
            beside.append(asyncio.create_task(self._score(self._evaluation, process)))
        try:
            async for data in _chunks(process, self._device):
                self._take(data)
        finally:
            await _cancelled(beside)
        if self._evaluation is not None and self._evaluation.failure is not None:
            raise self._evaluation.failure
        self._judge(process)
        if self._evaluation is not None and not self._is_stopping:
            await self._evaluation.finish(self._evaluated)

    def _take(self, data: bytes) -> None:
        try:
            events = self._stream.feed(data)
        except BrokenStream as broken:
            self._report(broken.events)
            raise causes.broken(broken) from broken
        self._report(events)

    def _report(self, events: list[RunnerEvent]) -> None:
        for event in events:
            if isinstance(event, Samples):
                self._measured(event)
                continue
            match event:
                case Hello():
                    self._boot_minus_mono_ns = event.boot_ns - event.mono_ns
                case RunnerReading():
                    self._thermal_status = event.thermal_status
                case Evaluated():
                    self._evaluated = event
            self._emit(RunnerReported(self._request.launch, self._id, event))

    def _measured(self, samples: Samples) -> None:
        """Report samples; the one that a job to evaluate cannot do without is none."""
        if self._evaluation is not None:
            return
        if not samples.is_warmup:
            self._measured_ns.extend(samples.durations_ns)
        self._emit(SamplesArrived(self._request.launch, self._id, samples))

    def _judge(self, process: RunnerProcess) -> None:
        if not self._is_stopping:
            failure = causes.failure(self._stream.outcome, process.exit_code, process.diagnostics)
        elif isinstance(self._stream.outcome, RunnerError):
            failure = causes.failure(self._stream.outcome, None, "")
        else:
            failure = None
        if failure is not None:
            raise failure

    async def _score(self, evaluation: Evaluation, process: RunnerProcess) -> None:
        """Score beside the runner; outputs that make no sense are not waited for."""
        await evaluation.follow()
        process.stop()

    async def _take_readings(self) -> None:
        """Read now and then; a device that cannot be read is the stream's business to notice."""
        while True:
            with suppress(DeviceError):
                reading = await self._device.read_state()
                offset_ns = self._boot_minus_mono_ns
                t_ns = None if offset_ns is None else reading.boot_ns - offset_ns
                if reading.thermal_status is None:
                    reading = replace(reading, thermal_status=self._thermal_status)
                self._emit(ReadingTaken(self._request.launch, self._id, t_ns, reading))
            await asyncio.sleep(self._reading_interval_s)

    def _end(self, outcome: Outcome, cause: str, code: FailureCode | None = None) -> None:
        self._emit(
            LaunchEnded(
                self._request.launch,
                self._id,
                outcome,
                cause,
                summarise(self._measured_ns),
                self._clock.unix_us(),
                code,
            )
        )


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and return once they are over. Raises what one of them failed with."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _chunks(process: RunnerProcess, device: Device) -> AsyncIterator[bytes]:
    """Yield what the runner says; raises DeviceError when the device or the runner hangs."""
    silent_s = 0.0
    pending = asyncio.ensure_future(process.read())
    try:
        while True:
            await asyncio.wait({pending}, timeout=SILENCE_S)
            if not pending.done():
                silent_s += SILENCE_S
                await device.probe()
                if silent_s >= SILENCE_LIMIT_S:
                    raise RunnerFailed(
                        FailureCode.RUNNER_HUNG, f"it has not said a word for {silent_s:.0f} s."
                    )
                continue
            silent_s = 0.0
            if not (data := pending.result()):
                return
            yield data
            pending = asyncio.ensure_future(process.read())
    finally:
        pending.cancel()
        with suppress(asyncio.CancelledError, DeviceError):
            await pending
