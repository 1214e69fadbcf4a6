"""Runners at work on a virtual phone behind a real adb server."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.core.model import DeviceState, Digest
from labtui.core.protocol import End, RunnerStream, Samples, WarmUp
from labtui.errors import DeviceError, DeviceGone, DeviceHung
from tests.adapters.android.desk import (
    Desk,
    a_request,
    events_of,
    pushed,
    until_samples,
)
from tests.adapters.android.waiting import all_ready, states, until


async def test_a_launch_from_hello_to_end(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    async with desk.device.launch(a_request(digest)) as process:
        events = await events_of(process)
        assert isinstance(events[-1], End), process.diagnostics
        assert process.diagnostics.endswith("exit code 0")
        assert await process.read() == b""
    assert any(isinstance(event, Samples) for event in events)
    raw = desk.phone.files.host_path("/data/local/tmp/labtui/raw/01J0.ndjson")
    assert raw.read_bytes().startswith(b'{"ev":"hello"')


async def test_a_launch_is_stopped(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    async with desk.device.launch(a_request(digest, seconds=60)) as process:
        await until_samples(process)
        process.stop()
        while await process.read():
            pass
        assert process.diagnostics.endswith("exit code 0")


async def test_a_launch_that_is_left_leaves_no_process(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    async with desk.device.launch(a_request(digest, seconds=60)) as process:
        await until_samples(process)
        assert desk.phone.device.processes.programs()
        left_s = time.monotonic()
    assert not desk.phone.device.processes.programs()
    assert time.monotonic() - left_s < 2.0


async def test_closing_the_bus_leaves_no_process(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    async with desk.device.launch(a_request(digest, seconds=60)) as process:
        await until_samples(process)
        await desk.bus.close()
        assert not desk.phone.device.processes.programs()


async def test_a_read_that_is_cancelled_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    stream, last = RunnerStream(), None
    async with desk.device.launch(a_request(digest)) as process:
        while True:
            with contextlib.suppress(TimeoutError):
                data = await asyncio.wait_for(process.read(), 0.001)
                if not data:
                    break
                last = stream.feed(data)[-1:] or last
    assert isinstance(stream.outcome, End)


async def _launched_until(desk: Desk, digest: Digest, fault: Callable[[], object]) -> None:
    """Let something happen to the phone once its runner measures, and read on."""
    async with desk.device.launch(a_request(digest, seconds=60)) as process:
        await until_samples(process)
        await asyncio.gather(*(f for f in [fault()] if asyncio.isfuture(f)))
        while True:
            await process.read()


async def test_the_cable_is_pulled_while_the_runner_works(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    with pytest.raises(DeviceGone):
        await _launched_until(desk, digest, lambda: asyncio.ensure_future(desk.phone.unplug()))


async def test_the_cable_is_pulled_while_the_runner_warms_up(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    endless = WarmUp(min_runs=1, max_runs=10_000_000, min_s=600.0, max_s=600.0)
    request = replace(a_request(digest), warmup=endless)
    with pytest.raises(DeviceGone):  # noqa: PT012 (the cable goes in the middle)
        async with desk.device.launch(request) as process:
            await until_samples(process)
            await desk.phone.unplug()
            while await process.read():
                pass


async def test_a_phone_that_hangs_while_the_runner_works(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    started_s = time.monotonic()
    with pytest.raises(DeviceHung):
        await _launched_until(desk, digest, desk.phone.hang)
    assert time.monotonic() - started_s < 8.0  # the launch itself takes some of it
    await until(desk.bus, lambda bench: states(bench) == [DeviceState.HUNG], limit_s=0.5)
    await desk.phone.resume()
    await all_ready(desk.bus, 1)
    async with asyncio.timeout(5):  # the phone hears only now that it was hung up on
        while desk.phone.device.processes.programs():  # noqa: ASYNC110 (no event tells it)
            await asyncio.sleep(0.02)


async def test_a_phone_that_reboots_while_the_runner_works(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    reboots: list[asyncio.Task[None]] = []
    with pytest.raises(DeviceGone):
        await _launched_until(
            desk, digest, lambda: reboots.append(asyncio.create_task(desk.phone.reboot(0.1)))
        )
    await reboots[0]
    await all_ready(desk.bus, 1)
    async with desk.device.launch(a_request(digest)) as process:
        assert isinstance((await events_of(process))[-1], End)


async def test_a_killed_runner_ends_its_stream(desk: Desk, tmp_path: Path) -> None:
    digest = await pushed(desk, tmp_path)
    async with desk.device.launch(a_request(digest, seconds=60)) as process:
        await until_samples(process)
        desk.phone.kill_runner()
        while await process.read():
            pass
        assert process.diagnostics.endswith("exit code 137")


async def test_a_variant_that_was_notpushed(desk: Desk) -> None:
    with pytest.raises(DeviceError, match="push it"):
        async with desk.device.launch(a_request(Digest("0" * 64))):
            pass
