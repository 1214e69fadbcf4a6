"""Every operation on a device, tried once: what only a real phone can prove."""

import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from labtui.bench.clock import SystemClock
from labtui.bench.ids import new_uid
from labtui.bench.launch import Launch
from labtui.cli.variants import demo_variants
from labtui.core.accelerators import ACCELERATORS
from labtui.core.events import (
    BenchEvent,
    LaunchEnded,
    Outcome,
    RunnerReported,
    SamplesArrived,
)
from labtui.core.model import (
    DeviceSnapshot,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
)
from labtui.core.placement import Placement
from labtui.core.protocol import (
    Control,
    Measure,
    Profile,
    RunnerEvent,
    RunnerReading,
    WarmUp,
)
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceError, RunnerFailed, UsageError
from labtui.failure import FailureCode
from labtui.hostrunner.content import content_digest
from labtui.ports import Device

PUSH_BYTES = 4_000_000
RUNS = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a device, and the variant that it measures."""

    device: Device
    platform: Platform
    variant: Path
    digest: Digest


Attempt = Callable[[Trial], Awaitable[str]]
"""Returns what it found; raises DeviceError."""
_Tries = tuple[tuple[str, Attempt], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing tried."""

    name: str
    passed: bool
    text: str
    seconds: float


def variant_for(device: DeviceSnapshot, given: Path | None) -> Path:
    """Return the variant to measure. Raises UsageError where labtui has none that fits."""
    is_virtual = device.facts is not None and device.facts.is_virtual
    if given is None and device.platform is Platform.IOS and not is_virtual:
        raise UsageError(
            f"labtui brings no Core ML model to measure on {device.name}: name one of yours with "
            "--variant MODEL.mlpackage."
        )
    return given or demo_variants()[0]


def digest_of(variant: Path) -> Digest:
    """Return the digest of a file or folder. Raises UsageError when it cannot be read."""
    try:
        return content_digest(variant)
    except OSError as error:
        raise UsageError(f"{variant} cannot be read: {error.strerror}.") from error


async def selftest(
    open_device: Callable[[], Device], platform: Platform, variant: Path, digest: Digest
) -> AsyncIterator[Step]:
    """Yield a step per operation; a failing step does not keep the others from being tried.

    Only a device that is not ready ends it at once.
    """
    opened: list[Device] = []

    async def is_ready() -> str:
        opened.append(open_device())
        return "yes"

    yield await _step("is ready", is_ready)
    for device in opened:
        trial = Trial(device, platform, variant, digest)
        for name, attempt in _tries(platform):
            yield await _step(name, partial(attempt, trial))


def _tries(platform: Platform) -> _Tries:
    """Return what can be expected of such a device, in the order in which it is tried."""
    is_iphone = platform is Platform.IOS
    accelerators = [name for name in ACCELERATORS[1:] if name != "nnapi" or not is_iphone]
    return (
        ("answers", _answers),
        ("says its state", _says_its_state),
        ("has its runner app open" if is_iphone else "has runner and engine", _is_prepared),
        ("takes a file and verifies it", _takes_a_file),
        ("measures a variant", _measures),
        *((f"says whether it has a {name}", _asks_for(name)) for name in accelerators),
        ("stops within 2 s", _stops),
    )


async def _step(name: str, attempt: Callable[[], Awaitable[str]]) -> Step:
    started_s = time.monotonic()
    try:
        text, passed = await attempt(), True
    except DeviceError as error:
        text, passed = str(error), False
    return Step(name, passed, text, time.monotonic() - started_s)


async def _answers(trial: Trial) -> str:
    await trial.device.probe()
    return "yes"


async def _says_its_state(trial: Trial) -> str:
    reading = await trial.device.read_state()
    said: dict[str, object] = {
        "temperatures": len(reading.temperatures) or None,
        "battery": reading.battery and reading.battery.level_percent,
    }
    if trial.platform is not Platform.IOS:  # there the runner tells the one, and nobody the other
        said["thermal status"] = reading.thermal_status
        said["clock limits"] = reading.clock_limit_ratio
    return ", ".join(f"{name} {'unknown' if v is None else v}" for name, v in said.items())


async def _is_prepared(trial: Trial) -> str:
    await trial.device.prepare(None)
    return "yes"


async def _takes_a_file(trial: Trial) -> str:
    content = os.urandom(PUSH_BYTES)
    digest = Digest(hashlib.sha256(content).hexdigest())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "selftest.tflite"
        path.write_bytes(content)
        started_s = time.monotonic()
        was_sent = await trial.device.push(path, digest, lambda *_: None)
        seconds = time.monotonic() - started_s
        is_known = not await trial.device.push(path, digest, lambda *_: None)
    if not was_sent or not is_known:
        raise DeviceError("The same file was not recognised when it was pushed again.")
    return f"{PUSH_BYTES / seconds / 1e6:.1f} MB/s, recognised when pushed again"


async def _measures(trial: Trial) -> str:
    request = await _request(trial, Measure(runs=RUNS), EngineOptions())
    events = await _launch(trial, replace(request, control_runs=RUNS, profile_runs=RUNS))
    (ended,) = (e for e in events if isinstance(e, LaunchEnded))
    if ended.summary is None or ended.summary.count != RUNS:
        raise DeviceError(f"The runner did not deliver the {RUNS} samples it was asked for.")
    return f"{RUNS} samples, p50 {ended.summary.p50_ns / 1e6:.3f} ms, {_findings(events)}"


def _asks_for(accelerator: str) -> Attempt:
    """Return an attempt that passes with an accelerator, and with a clear word that it is not."""

    async def attempt(trial: Trial) -> str:
        request = await _request(trial, Measure(runs=RUNS), EngineOptions(accelerator))
        try:
            events = await _launch(trial, replace(request, control_runs=RUNS))
        except RunnerFailed as error:
            if error.code is not FailureCode.ACCELERATOR_MISSING:
                raise
            return str(error)
        return _findings(events)

    return attempt


async def _launch(trial: Trial, request: LaunchRequest) -> list[BenchEvent]:
    events: list[BenchEvent] = []
    launch = Launch(
        trial.device, request, reading_interval_s=1.0, clock=SystemClock(), emit=events.append
    )
    await launch.run()
    return events


def _findings(events: Iterable[BenchEvent]) -> str:
    """Return where the variant ran, and what it took without what was asked for."""
    said = [e.event for e in events if isinstance(e, RunnerReported)]
    placed = [e for e in said if isinstance(e, Placement)]
    controls = [e.durations_ns for e in said if isinstance(e, Control)]
    words = [f"ran on {placed[-1]} ({placed[-1].coverage})"] if placed else []
    words += [f"control run p50 {statistics.median(ns) / 1e6:.3f} ms" for ns in controls]
    words += ["profiled"] if any(isinstance(e, Profile) for e in said) else []
    words += _thermal_words(said)
    return ", ".join(words)


def _thermal_words(said: list[RunnerEvent]) -> list[str]:
    """Return the thermal status that the runner itself has told, as iPhones' do."""
    told = [e.thermal_status for e in said if isinstance(e, RunnerReading)]
    return [f"thermal status {status.name.lower()}" for status in told[-1:] if status is not None]


async def _stops(trial: Trial) -> str:
    running = asyncio.Event()

    def emit(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            running.set()

    request = await _request(trial, Measure(seconds=60.0), EngineOptions())
    launch = Launch(trial.device, request, reading_interval_s=1.0, clock=SystemClock(), emit=emit)
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


async def _request(trial: Trial, measure: Measure, engine: EngineOptions) -> LaunchRequest:
    await trial.device.push(trial.variant, trial.digest, lambda *_: None)
    uid = LaunchUid(new_uid(SystemClock()))
    warmup = WarmUp(min_runs=3, max_runs=20, max_s=2.0)
    return LaunchRequest(uid, trial.digest, engine, 0, warmup, measure, None)
