"""This computer as a device: real files, real child processes, the real engine."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from labtui.adapters.host import process, shelf
from labtui.adapters.host.bus import HostBus
from labtui.adapters.host.device import HostDevice
from labtui.core.model import (
    DeviceId,
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
    Tool,
)
from labtui.core.protocol import (
    End,
    Measure,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    WarmUp,
)
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceFull, DeviceGone, PushFailed, RunnerFailed, UsageError
from labtui.failure import FailureCode
from labtui.hostrunner.content import content_bytes, content_digest
from labtui.ports import RunnerProcess
from tests.mil import corpus
from tests.tiny_tflite import fully_connected

FOR_EVER = Measure(seconds=3600)


@dataclass
class Pushed:
    device: HostDevice
    local: Path
    digest: Digest
    folder: Path
    progress: list[tuple[int, int]] = field(default_factory=list)

    async def push(self) -> bool:
        return await self.device.push(self.local, self.digest, self.on_progress)

    def on_progress(self, sent_bytes: int, total_bytes: int) -> None:
        self.progress.append((sent_bytes, total_bytes))

    def request(self, measure: Measure, digest: Digest | None = None) -> LaunchRequest:
        return LaunchRequest(
            launch=LaunchUid("01"),
            digest=digest or self.digest,
            engine=EngineOptions(),
            seed=7,
            warmup=WarmUp(2, 2),
            measure=measure,
            rate_hz=None,
        )

    def shelf(self) -> list[str]:
        return [path.name for path in self.stored.parent.iterdir()]

    @property
    def stored(self) -> Path:
        return self.folder / "variants" / self.digest


@pytest.fixture
def bench(tmp_path: Path) -> Pushed:
    local = tmp_path / "tiny.fp32.tflite"
    local.write_bytes(fully_connected())
    folder = tmp_path / "host"
    folder.mkdir()
    digest = Digest(sha256(local.read_bytes()).hexdigest())
    return Pushed(HostDevice(DeviceId("host:1"), folder), local, digest, folder)


async def read_all(runner: RunnerProcess) -> tuple[list[RunnerEvent], End | RunnerError | None]:
    stream, events = RunnerStream(), list[RunnerEvent]()
    while data := await runner.read():
        events += stream.feed(data)
    return events, stream.outcome


async def until_samples(runner: RunnerProcess) -> None:
    stream = RunnerStream()
    while data := await runner.read():
        if any(isinstance(event, Samples) for event in stream.feed(data)):
            return
    raise AssertionError(runner.diagnostics)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_push_and_launch(bench: Pushed) -> None:
    assert await bench.push()
    size = bench.local.stat().st_size
    assert [(size, size)] == bench.progress
    async with bench.device.launch(bench.request(Measure(runs=3))) as runner:
        events, outcome = await read_all(runner)
    assert isinstance(outcome, End)
    assert (2, 3, False) == (outcome.warmup, outcome.measured, outcome.is_stopped)
    assert 5 == sum(len(event.durations_ns) for event in events if isinstance(event, Samples))
    assert "exit code 0" in runner.diagnostics


async def test_it_has_its_own_runner_and_takes_no_tool(bench: Pushed) -> None:
    await bench.device.prepare(None)
    with pytest.raises(UsageError, match="Android only"):
        await bench.device.prepare(Tool("/x/benchmark_model", Digest("0" * 64), 1))


async def test_what_is_there_is_not_stored_again(bench: Pushed) -> None:
    assert [True, False] == [await bench.push(), await bench.push()]
    assert [bench.digest] == bench.shelf()


@pytest.fixture
def package(bench: Pushed) -> Pushed:
    """The same device with a variant that is a folder."""
    local = corpus.copied("cnn.fp16", bench.local.parent)
    return Pushed(bench.device, local, content_digest(local), bench.folder)


async def test_a_folder_is_pushed_and_launched(package: Pushed) -> None:
    assert [True, False] == [await package.push(), await package.push()]
    size_bytes = content_bytes(package.local)
    assert (size_bytes, size_bytes) == package.progress[-1]
    assert [f"{package.digest}.mlpackage"] == package.shelf()
    async with package.device.launch(package.request(Measure(runs=3))) as runner:
        events, outcome = await read_all(runner)
    assert isinstance(outcome, End), runner.diagnostics
    assert 5 == sum(len(event.durations_ns) for event in events if isinstance(event, Samples))


async def test_a_damaged_folder_is_replaced(package: Pushed) -> None:
    stored = package.folder / "variants" / f"{package.digest}.mlpackage"
    stored.mkdir(parents=True)
    (stored / "half").touch()
    assert await package.push()
    assert package.digest == content_digest(stored)


async def test_a_folder_that_changed_since_it_was_inspected(package: Pushed) -> None:
    (package.local / "more").write_bytes(b"something")
    with pytest.raises(PushFailed, match="has changed since"):
        await package.push()
    assert [] == package.shelf()


async def test_folders_leave_a_full_shelf_too(
    bench: Pushed, package: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await package.push()
    monkeypatch.setattr(shelf, "MAX_BYTES", 1)
    await bench.push()
    assert [bench.digest] == bench.shelf()


async def test_a_damaged_copy_is_replaced(bench: Pushed) -> None:
    bench.stored.parent.mkdir()
    bench.stored.write_bytes(b"half a file")
    assert await bench.push()
    assert bench.local.read_bytes() == bench.stored.read_bytes()


async def test_without_hard_links_the_file_is_copied(
    bench: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert await bench.push()
    assert 1 == bench.stored.stat().st_nlink


async def test_a_file_that_changed_since_it_was_inspected(bench: Pushed) -> None:
    bench.local.write_bytes(b"another")
    with pytest.raises(PushFailed, match="has changed"):
        await bench.push()
    assert [] == bench.shelf()


async def test_a_file_that_is_gone(bench: Pushed) -> None:
    bench.local.unlink()
    with pytest.raises(PushFailed, match="No such file"):
        await bench.push()


async def test_no_room(bench: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SPARE_BYTES", 1 << 60)
    with pytest.raises(DeviceFull, match="free some space"):
        await bench.push()


async def test_a_disk_that_fills_while_copying(
    bench: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(DeviceFull, match="disk of this computer is full"):
        await bench.push()


async def test_the_oldest_leave_a_full_shelf(
    bench: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.stored.parent.mkdir()
    for name in ("aa", "bb"):
        (bench.stored.parent / name).write_bytes(bytes(300))
    monkeypatch.setattr(shelf, "MAX_BYTES", bench.local.stat().st_size + 400)
    await bench.push()
    assert ["bb", bench.digest] == sorted(bench.shelf(), key=len)


async def test_stop_ends_the_runner_cleanly(bench: Pushed) -> None:
    await bench.push()
    async with bench.device.launch(bench.request(FOR_EVER)) as runner:
        await until_samples(runner)
        runner.stop()
        stream_end = b""
        while data := await runner.read():
            stream_end = (stream_end + data)[-500:]
    assert b'"stopped":true' in stream_end
    assert "exit code 0" in runner.diagnostics


async def test_leaving_the_context_leaves_no_process(bench: Pushed) -> None:
    await bench.push()
    async with bench.device.launch(bench.request(FOR_EVER)) as runner:
        await until_samples(runner)
        pid = runner._process.pid
        assert is_running(pid)
    assert not is_running(pid)


async def test_a_cancelled_launch_leaves_no_process(bench: Pushed) -> None:
    await bench.push()
    pids: asyncio.Queue[int] = asyncio.Queue()

    async def measure() -> None:
        async with bench.device.launch(bench.request(FOR_EVER)) as runner:
            await pids.put(runner._process.pid)
            while await runner.read():
                pass

    task = asyncio.create_task(measure())
    pid = await pids.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(pid)


async def test_a_variant_that_was_never_pushed(bench: Pushed) -> None:
    async with bench.device.launch(bench.request(FOR_EVER)) as runner:
        _, outcome = await read_all(runner)
    assert isinstance(outcome, RunnerError)
    assert FailureCode.MODEL_MISSING is outcome.code


async def test_a_runner_that_dies_says_why(bench: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, sys; sys.stderr.write('boom\\x1b[31m\\n'); sys.stderr.flush(); os.abort()"
    monkeypatch.setattr(process, "_COMMAND", ("-c", code))
    async with bench.device.launch(bench.request(FOR_EVER)) as runner:
        assert ([], None) == await read_all(runner)
    assert "boom\ufffd[31m exit code 134" == runner.diagnostics
    assert 134 == runner.exit_code


async def test_what_the_runner_started_ends_with_it(
    bench: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import subprocess, sys; child = subprocess.Popen(['sleep', '600']);"
        "print(child.pid, flush=True); sys.stdin.read(); child.wait()"
    )
    monkeypatch.setattr(process, "_COMMAND", ("-c", code))
    async with bench.device.launch(bench.request(FOR_EVER)) as runner:
        grandchild = int(await runner.read())
    await asyncio.to_thread(wait_for_end, grandchild)


def wait_for_end(pid: int) -> None:
    """Wait for a process that is not our child; a zombie is one that its parent has to reap."""
    deadline_s = time.monotonic() + 10
    while is_running(pid) and not is_zombie(pid):
        assert time.monotonic() < deadline_s


def is_zombie(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


async def test_an_interpreter_that_cannot_start(
    bench: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(RunnerFailed, match="cannot be started"):
        async with bench.device.launch(bench.request(FOR_EVER)):
            pass


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[HostBus]:
    bus = HostBus(tmp_path / "state" / "host")
    yield bus
    await bus.close()


async def test_the_bus_shows_this_computer(bus: HostBus) -> None:
    with pytest.raises(DeviceGone):
        bus.device(DeviceId("host:0"))
    (snapshot,) = await anext(aiter(bus.watch()))
    assert (Platform.HOST, DeviceState.READY) == (snapshot.platform, snapshot.state)
    assert snapshot.facts is not None
    assert not snapshot.facts.is_virtual
    assert (snapshot.free_bytes or 0) > 0
    assert "" == bus.trouble
    device = bus.device(snapshot.id)
    assert snapshot.id == device.id
    await device.probe()
    assert (await device.read_state()).boot_ns > 0


async def test_closing_the_bus_ends_its_runners(bus: HostBus, bench: Pushed) -> None:
    (snapshot,) = await anext(aiter(bus.watch()))
    device = bus.device(snapshot.id)
    assert isinstance(device, HostDevice)
    await device.push(bench.local, bench.digest, bench.on_progress)
    async with device.launch(bench.request(FOR_EVER)) as runner:
        await until_samples(runner)
        await bus.close()
        while await runner.read():
            pass
        assert "exit code 137" in runner.diagnostics
