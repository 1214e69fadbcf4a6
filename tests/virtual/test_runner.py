"""Real inference behind a real adb: paced, heated, killed, and kept inside its phone."""

import asyncio
import json
import os
import signal
import statistics
import sys
from pathlib import Path

import pytest

from labtui.core.protocol import (
    End,
    Hello,
    Measure,
    Outputs,
    ProtocolViolation,
    RunnerError,
    RunnerStream,
    Samples,
)
from labtui.failure import FailureCode
from labtui.virtual.device import Device
from labtui.virtual.jobs import confined_job
from labtui.virtual.pace import PaceFile
from labtui.virtual.runner import PacedEngine
from labtui.virtual.runners import PhoneRunner
from tests.virtual.launching import (
    ENDLESS,
    RUNNER,
    RUNNERS,
    durations,
    job_line,
    launch,
    launch_endlessly,
    runner_called,
)
from tests.virtual.rig import LIMIT_S, TMP, Handset, until


@pytest.fixture(params=RUNNERS)
def phone_runner(request: pytest.FixtureRequest) -> PhoneRunner:
    """Each runner that phones can execute."""
    return runner_called(request.param)


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


@pytest.mark.parametrize("kind", ["garbage", "long_line", "nan", "negative"])
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
    job = json.loads(confined_job(line, device, f"{TMP}/d"))
    assert (expected, expected) == (job["variant"], job["raw_file"])


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"\xff\n", b'{"ev":"job","variant":"/x"}\n'])
def test_what_is_no_job_is_left_to_the_runner(device: Device, line: bytes) -> None:
    assert line == confined_job(line, device, TMP)


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
