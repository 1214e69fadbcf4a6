"""Real inference on a virtual iPhone, all the way: push, launch, events, stop."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labtui.adapters.ios.bus import IosBus
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.device import IosDevice
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.core.model import DeviceState, Digest, EngineOptions, LaunchUid
from labtui.core.protocol import (
    End,
    Hello,
    Measure,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    WarmUp,
)
from labtui.core.request import LaunchRequest
from labtui.failure import FailureCode
from labtui.ports import Device, DeviceBus, RunnerProcess
from labtui.virtual.ios.bench import VirtualIphones
from tests.adapters.ios.rig import Desk, content_digest
from tests.tiny_tflite import fully_connected


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Desk]:
    async with VirtualIphones(["iphone-13-pro"]) as virtual:
        config = IosConfig(tmp_path / "records", MuxAddress.parse(virtual.address))
        bus = IosBus(config)
        try:
            yield Desk(bus, config, virtual, ())
        finally:
            await bus.close()


@pytest.fixture
async def launch(real: Desk, tmp_path: Path) -> tuple[IosDevice, Digest]:
    model = tmp_path / "tiny.fp32.tflite"
    model.write_bytes(fully_connected())
    digest = content_digest(model)
    await real.ready()
    device = real.bus.device(real.id)
    await device.prepare(None)
    assert await device.push(model, digest, lambda _sent, _total: None)
    return device, digest


def request(digest: Digest, measure: Measure, accelerator: str = "cpu") -> LaunchRequest:
    return LaunchRequest(
        LaunchUid("l1"), digest, EngineOptions(accelerator), 7, WarmUp(2, 2), measure, None
    )


async def events_of(runner: RunnerProcess, stop_after: int | None = None) -> list[RunnerEvent]:
    stream, events = RunnerStream(), list[RunnerEvent]()
    while data := await runner.read():
        events += stream.feed(data)
        if stop_after is not None and len(_measured(events)) >= stop_after:
            runner.stop()
    return events


def _measured(events: list[RunnerEvent]) -> list[int]:
    batches = (e for e in events if isinstance(e, Samples) and not e.is_warmup)
    return [ns for batch in batches for ns in batch.durations_ns]


async def test_a_launch_measures(launch: tuple[IosDevice, Digest]) -> None:
    device, digest = launch
    async with device.launch(request(digest, Measure(runs=40))) as runner:
        events = await events_of(runner)
    assert isinstance(events[0], Hello)
    assert 40 == len(_measured(events))
    end = events[-1]
    assert isinstance(end, End)
    assert (40, False) == (end.measured, end.is_stopped)
    assert "" == runner.diagnostics
    assert (await device.read_state()).boot_ns > 0


async def test_a_launch_that_is_stopped_ends_as_it_should(
    launch: tuple[IosDevice, Digest],
) -> None:
    device, digest = launch
    async with device.launch(request(digest, Measure(seconds=60))) as runner:
        events = await events_of(runner, stop_after=20)
    end = events[-1]
    assert isinstance(end, End)
    assert end.is_stopped
    assert end.measured == len(_measured(events))


async def test_a_refusal_is_an_event(launch: tuple[IosDevice, Digest]) -> None:
    device, digest = launch
    async with device.launch(request(digest, Measure(runs=1), "npu")) as runner:
        events = await events_of(runner)
    (error,) = (event for event in events if isinstance(event, RunnerError))
    assert FailureCode.ACCELERATOR_MISSING is error.code
    assert "" == runner.diagnostics


async def test_one_launch_follows_the_other(launch: tuple[IosDevice, Digest]) -> None:
    device, digest = launch
    for _ in range(3):
        async with device.launch(request(digest, Measure(runs=5))) as runner:
            assert isinstance((await events_of(runner))[-1], End)


async def test_the_app_comes_to_the_front_again(
    real: Desk, launch: tuple[IosDevice, Digest]
) -> None:
    device, digest = launch
    real.phone.suspend_app()
    await real.until_state(DeviceState.RUNNER_CLOSED)
    real.phone.open_app()
    async with device.launch(request(digest, Measure(runs=5))) as runner:
        assert isinstance((await events_of(runner))[-1], End)


def test_the_adapter_is_what_the_bench_needs(tmp_path: Path) -> None:
    bus: DeviceBus = IosBus(IosConfig(tmp_path))
    assert "" == bus.trouble


async def test_so_is_a_phone(launch: tuple[IosDevice, Digest]) -> None:
    device: Device = launch[0]
    await device.probe()
