"""Jobs for the runners of virtual phones, through a real adb."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import (
    Job,
    Measure,
    RunnerEvent,
    RunnerStream,
    Samples,
    WarmUp,
    encode_job,
)
from labtui.virtual.runners import PhoneRunner, find_runner
from tests.virtual.rig import LIMIT_S, REFERENCE, TMP, Handset

RUNNERS = ("native", "reference")
RUNNER = f"cd {TMP}/labtui && exec labtui-runner"
ENDLESS = Measure(seconds=600.0)


def runner_called(name: str) -> PhoneRunner:
    """Return a runner that phones can execute; skip the test where it is not built."""
    if name == "reference":
        return REFERENCE
    runner = find_runner()
    if runner.name != name:
        pytest.skip(runner.reason)
    return runner


def job_line(model: bytes, measure: Measure, **changes: Any) -> bytes:
    """Return a job for the model that the fixture `ready` pushes."""
    job = Job(
        variant="m.tflite",
        sha256=Digest(sha256(model).hexdigest()),
        engine=EngineOptions(),
        seed=1,
        warmup=WarmUp(min_runs=3, max_runs=3),
        measure=measure,
    )
    return encode_job(replace(job, **changes))


async def read_events(stream: asyncio.StreamReader, enough: Callable[[list[RunnerEvent]], bool]
                      ) -> list[RunnerEvent]:  # fmt: skip
    """Read until there is enough, or the stream ends."""
    reader = RunnerStream()
    events: list[RunnerEvent] = []
    async with asyncio.timeout(LIMIT_S):
        while not enough(events) and (data := await stream.read(1 << 16)):
            events += reader.feed(data)
    return events


async def launch(phone: Handset, job: bytes) -> tuple[list[RunnerEvent], int]:
    """Run a job to its end; return its events and the exit status."""
    process = await phone.start("shell", RUNNER)
    assert process.stdin
    assert process.stdout
    process.stdin.write(job)
    events = await read_events(process.stdout, lambda _: False)
    await process.communicate()
    return events, process.returncode or 0


async def launch_endlessly(phone: Handset, job: bytes) -> asyncio.subprocess.Process:
    """Start a job and wait for its first samples."""
    process = await phone.start("shell", RUNNER)
    assert process.stdin
    assert process.stdout
    process.stdin.write(job)
    await read_events(process.stdout, lambda seen: any(isinstance(e, Samples) for e in seen))
    return process


def durations(events: list[RunnerEvent]) -> list[int]:
    batches = [e for e in events if isinstance(e, Samples) and not e.is_warmup]
    return [duration for batch in batches for duration in batch.durations_ns]
