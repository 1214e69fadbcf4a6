"""Real inference behind a real adb: paced, heated, killed, and kept inside its phone."""

import asyncio
import json
import os
import signal
import statistics
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import (
    End,
    Hello,
    Job,
    Measure,
    Outputs,
    ProtocolViolation,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    WarmUp,
    encode_job,
)
from labtui.failure import FailureCode
from labtui.virtual.device import Device
from labtui.virtual.hostile import RUNNER_FAULTS
from labtui.virtual.jobs import confined_job
from labtui.virtual.pace import PaceFile
from labtui.virtual.runner import PacedEngine
from tests.tiny_tflite import fully_connected
from tests.virtual.rig import LIMIT_S, TMP, Handset, until

RUNNER = f"cd {TMP}/labtui && exec labtui-runner"
ENDLESS = Measure(seconds=600.0)


@pytest.fixture
def model() -> bytes:
    return fully_connected(1024, 256)


def job_line(model: bytes, measure: Measure, **changes: object) -> bytes:
    fields: dict[str, object] = {"variant": "m.tflite", "raw_file": None} | changes
    return encode_job(
        Job(
            variant=str(fields["variant"]),
            sha256=Digest(sha256(model).hexdigest()),
            engine=EngineOptions(),
            seed=1,
            warmup=WarmUp(min_runs=3, max_runs=3),
            measure=measure,
            raw_file=None if fields["raw_file"] is None else str(fields["raw_file"]),
        )
    )


@pytest.fixture
async def ready(handset: Handset, model: bytes, tmp_path: Path) -> Handset:
    (tmp_path / "m.tflite").write_bytes(model)
    ran = await handset.run("push", tmp_path / "m.tflite", f"{TMP}/labtui/m.tflite")
    assert 0 == ran.status
    return handset


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


async def test_a_job_runs_real_inference(ready: Handset, model: bytes) -> None:
    events, status = await launch(ready, job_line(model, Measure(runs=50), raw_file="raw"))
    assert 0 == status
    assert isinstance(events[0], Hello)
    assert isinstance(events[-1], End)
    assert (3, 50) == (events[-1].warmup, events[-1].measured)
    (outputs,) = [e for e in events if isinstance(e, Outputs)]
    assert (1, 256) == outputs.outputs[0].shape
    assert 50 == len(durations(events))
    assert b'"hello"' in (await ready.run("shell", f"head -n 1 {TMP}/labtui/raw")).stdout


async def test_a_throttled_phone_really_is_slower(ready: Handset, model: bytes) -> None:
    cool, _ = await launch(ready, job_line(model, Measure(runs=300)))
    ready.phone.hold_skin(42.0)
    hot, _ = await launch(ready, job_line(model, Measure(runs=300)))
    ratio = statistics.median(durations(hot)) / statistics.median(durations(cool))
    assert ratio > 1.2, "1 / 0.65 on a quiet machine"


async def test_work_heats_the_phone(ready: Handset, model: bytes) -> None:
    before_c = ready.phone.device.power.now().cpu_c
    process = await launch_endlessly(ready, job_line(model, ENDLESS))
    await until(lambda: ready.phone.device.power.now().cpu_c > before_c + 5.0, "it is warm")
    process.kill()
    await process.communicate()


async def test_hanging_up_ends_the_runner(ready: Handset, model: bytes) -> None:
    process = await launch_endlessly(ready, job_line(model, ENDLESS))
    (pid,) = ready.phone.device.processes.programs()
    assert f"{pid}\n" == (await ready.run("shell", "pidof labtui-runner")).text
    process.kill()
    await process.communicate()
    await until(lambda: not ready.phone.device.processes.programs(), "the runner has ended")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_end_of_stdin_ends_the_runner_cleanly(ready: Handset, model: bytes) -> None:
    process = await ready.start("shell", RUNNER)
    assert process.stdin
    assert process.stdout
    process.stdin.write(job_line(model, ENDLESS))
    reader = RunnerStream()
    while not any(isinstance(e, Samples) for e in reader.feed(await process.stdout.read(4096))):
        pass
    process.stdin.close()
    events = reader.feed(await process.stdout.read())
    assert isinstance(events[-1], End)
    assert events[-1].is_stopped
    assert 0 == await process.wait()


@pytest.mark.parametrize("way", ["unplug", "reboot", "kill"])
async def test_nothing_is_left_of_a_runner(ready: Handset, model: bytes, way: str) -> None:
    process = await launch_endlessly(ready, job_line(model, ENDLESS))
    (pid,) = ready.phone.device.processes.programs()
    match way:
        case "unplug":
            await ready.phone.unplug()
        case "reboot":
            await ready.phone.reboot(0.0)
        case "kill":
            ready.phone.kill_runner()
    await process.communicate()
    await until(lambda: not ready.phone.device.processes.programs(), "the runner has ended")
    assert way != "kill" or process.returncode == 128 + signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
async def test_a_disk_that_fills_up_under_a_runner(ready: Handset, model: bytes) -> None:
    process = await ready.start("shell", RUNNER)
    assert process.stdin
    assert process.stdout
    process.stdin.write(job_line(model, ENDLESS, raw_file="raw"))
    stream = process.stdout
    reader = RunnerStream()
    reader.feed(await stream.read(64))
    ready.phone.fill_storage()
    events = reader.feed(await asyncio.wait_for(stream.read(), LIMIT_S))
    assert isinstance(events[-1], RunnerError)
    assert FailureCode.DISK_FULL == events[-1].code
    await process.communicate()


@pytest.mark.parametrize("kind", RUNNER_FAULTS)
async def test_broken_runners_break_the_protocol(handset: Handset, kind: str) -> None:
    handset.phone.break_runner(kind)
    ran = await handset.run("shell", "labtui-runner")
    with pytest.raises(ProtocolViolation):
        RunnerStream().feed(ran.stdout)


async def test_a_pushed_module_is_not_imported(ready: Handset, model: bytes) -> None:
    trap = "import os; os.abort()"
    await ready.run("shell", f"cd {TMP}/labtui; echo '{trap}' > json.py; cp json.py numpy.py")
    _, status = await launch(ready, job_line(model, Measure(runs=1)))
    assert 0 == status


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("m.tflite", "m.tflite"),
        ("../x", "../x"),
        (f"{TMP}/d/x", "x"),
        ("/etc/passwd", "../../../../etc/passwd"),
        ("../../../../../../etc/passwd", "../../../../etc/passwd"),
        ("/sdcard/x", "../../../../storage/emulated/0/x"),
    ],
)
def test_a_job_stays_inside_its_phone(
    device: Device, model: bytes, path: str, expected: str
) -> None:
    device.files.make_folders(f"{TMP}/d")
    line = job_line(model, Measure(runs=1), variant=path, raw_file=path)
    job = json.loads(confined_job(line, device.files, f"{TMP}/d"))
    assert (expected, expected) == (job["variant"], job["raw_file"])


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"\xff\n", b'{"ev":"job","variant":"/x"}\n'])
def test_what_is_no_job_is_left_to_the_runner(device: Device, line: bytes) -> None:
    assert line == confined_job(line, device.files, TMP)


class Engine:
    """An engine that needs a known CPU time."""

    def infer(self) -> None:
        sum(range(100_000))


def test_pace_follows_the_factor(tmp_path: Path) -> None:
    page = PaceFile.create(tmp_path / "pace", 4.0)
    engine = PacedEngine(Engine(), page)  # type: ignore[arg-type]  # all that `infer` needs
    busy_ns = []
    for factor in (4.0, 8.0):
        page.factor = factor
        spent_ns = []
        for _ in range(20):
            before_ns = page.busy_ns
            engine.infer()
            spent_ns.append(page.busy_ns - before_ns)
        busy_ns.append(statistics.median(spent_ns))
    assert 2.0 == pytest.approx(busy_ns[1] / busy_ns[0], rel=0.3)
    page.close()
