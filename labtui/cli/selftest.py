"""Every operation on a device, tried once: what only a real phone can prove."""

import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from labtui.bench.clock import SystemClock
from labtui.bench.ids import new_uid
from labtui.bench.launch import Launch
from labtui.cli.variants import demo_variants
from labtui.core.events import (
    BenchEvent,
    LaunchEnded,
    Outcome,
    RunnerReported,
    SamplesArrived,
)
from labtui.core.model import ACCELERATORS, Digest, EngineOptions, LaunchUid
from labtui.core.placement import Placement
from labtui.core.protocol import Control, Measure, Profile, WarmUp
from labtui.errors import DeviceError, RunnerFailed
from labtui.failure import FailureCode
from labtui.ports import Device, LaunchRequest

PUSH_BYTES = 4_000_000
RUNS = 20

Attempt = Callable[[Device], Awaitable[str]]
"""Returns what it found; raises DeviceError."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing tried."""

    name: str
    passed: bool
    text: str
    seconds: float


async def selftest(device: Device) -> AsyncIterator[Step]:
    """Yield a step per operation; a failing step does not keep the others from being tried."""
    tries: list[tuple[str, Attempt]] = [
        ("answers", _answers),
        ("says its state", _says_its_state),
        ("has runner and engine", _is_prepared),
        ("takes a file and verifies it", _takes_a_file),
        ("measures a variant", _measures),
        *((f"says whether it has a {name}", _tries(name)) for name in ACCELERATORS[1:]),
        ("stops within 2 s", _stops),
    ]
    for name, attempt in tries:
        started_s = time.monotonic()
        try:
            text, passed = await attempt(device), True
        except DeviceError as error:
            text, passed = str(error), False
        yield Step(name, passed, text, time.monotonic() - started_s)


async def _answers(device: Device) -> str:
    await device.probe()
    return "yes"


async def _says_its_state(device: Device) -> str:
    reading = await device.read_state()
    said = {
        "temperatures": len(reading.temperatures) or None,
        "thermal status": reading.thermal_status,
        "battery": reading.battery and reading.battery.level_percent,
        "clock limits": reading.clock_limit_ratio,
    }
    return ", ".join(f"{name} {'unknown' if v is None else v}" for name, v in said.items())


async def _is_prepared(device: Device) -> str:
    await device.prepare(None)
    return "yes"


async def _takes_a_file(device: Device) -> str:
    content = os.urandom(PUSH_BYTES)
    digest = Digest(hashlib.sha256(content).hexdigest())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "selftest.tflite"
        path.write_bytes(content)
        started_s = time.monotonic()
        was_sent = await device.push(path, digest, lambda *_: None)
        seconds = time.monotonic() - started_s
        is_known = not await device.push(path, digest, lambda *_: None)
    if not was_sent or not is_known:
        raise DeviceError("The same file was not recognised when it was pushed again.")
    return f"{PUSH_BYTES / seconds / 1e6:.1f} MB/s, recognised when pushed again"


async def _measures(device: Device) -> str:
    request = await _request(device, Measure(runs=RUNS), EngineOptions())
    events = await _launch(device, replace(request, control_runs=RUNS, profile_runs=RUNS))
    (ended,) = (e for e in events if isinstance(e, LaunchEnded))
    if ended.summary is None or ended.summary.count != RUNS:
        raise DeviceError(f"The runner did not deliver the {RUNS} samples it was asked for.")
    return f"{RUNS} samples, p50 {ended.summary.p50_ns / 1e6:.3f} ms, {_findings(events)}"


def _tries(accelerator: str) -> Attempt:
    """Return an attempt that passes with an accelerator, and with a clear word that it is not."""

    async def attempt(device: Device) -> str:
        request = await _request(device, Measure(runs=RUNS), EngineOptions(accelerator))
        try:
            events = await _launch(device, replace(request, control_runs=RUNS))
        except RunnerFailed as error:
            if error.code is not FailureCode.ACCELERATOR_MISSING:
                raise
            return str(error)
        return _findings(events)

    return attempt


async def _launch(device: Device, request: LaunchRequest) -> list[BenchEvent]:
    events: list[BenchEvent] = []
    launch = Launch(
        device, request, reading_interval_s=1.0, clock=SystemClock(), emit=events.append
    )
    await launch.run()
    return events


def _findings(events: list[BenchEvent]) -> str:
    """Return where the variant ran, and what it took without what was asked for."""
    said = [e.event for e in events if isinstance(e, RunnerReported)]
    placed = [e for e in said if isinstance(e, Placement)]
    controls = [e.durations_ns for e in said if isinstance(e, Control)]
    words = [f"ran on {placed[-1]} ({placed[-1].coverage})"] if placed else []
    words += [f"control run p50 {statistics.median(ns) / 1e6:.3f} ms" for ns in controls]
    words += ["profiled"] if any(isinstance(e, Profile) for e in said) else []
    return ", ".join(words)


async def _stops(device: Device) -> str:
    running = asyncio.Event()

    def emit(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            running.set()

    request = await _request(device, Measure(seconds=60.0), EngineOptions())
    launch = Launch(device, request, reading_interval_s=1.0, clock=SystemClock(), emit=emit)
    task = asyncio.create_task(launch.run())
    waiting = asyncio.create_task(running.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    started_s = time.monotonic()
    launch.stop()
    outcome = await task
    seconds = time.monotonic() - started_s
    if outcome is not Outcome.STOPPED or seconds > 2.0:
        raise DeviceError(f"The runner ended as {outcome.value} after {seconds:.1f} s.")
    return f"{seconds * 1e3:.0f} ms"


async def _request(device: Device, measure: Measure, engine: EngineOptions) -> LaunchRequest:
    path = demo_variants()[0]
    digest = Digest(hashlib.sha256(path.read_bytes()).hexdigest())
    await device.push(path, digest, lambda *_: None)
    uid = LaunchUid(new_uid(SystemClock()))
    warmup = WarmUp(min_runs=3, max_runs=20, max_s=2.0)
    return LaunchRequest(uid, digest, engine, 0, warmup, measure, None)
