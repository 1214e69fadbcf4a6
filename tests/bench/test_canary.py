"""The canary: between blocks, in nobody's way, and in no result."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from labtui.bench.service import Bench
from labtui.core.events import (
    BenchEvent,
    CanaryMeasured,
    DeviceEnded,
    LaunchStarted,
    MeasuredEnough,
    Outcome,
    SamplesArrived,
)
from labtui.core.model import DeviceId
from labtui.core.plan import DeviceCanary, Plan
from labtui.core.protocol import End, Samples
from labtui.core.request import LaunchRequest
from labtui.core.stopping import Stop
from tests.bench.fakes import (
    HELLO,
    FakeBus,
    FakeClock,
    FakeDevice,
    FakeLocks,
    ListRecorder,
    a_plan,
    lines,
    snapshot,
    variant,
)

ONE = DeviceId("android:1")
CANARY = variant("c")


def script(*canary_ns: int) -> Callable[[LaunchRequest], list[bytes | None]]:
    """Return what launches say: the canary takes these durations in turn; 0 = it fails."""
    left = list(canary_ns)

    def say(request: LaunchRequest) -> list[bytes | None]:
        ns = left.pop(0) if request.digest == CANARY.digest else 100
        if not ns:
            return [b"garbage\n"]
        return [lines(HELLO, Samples(0, 1, (ns,), is_warmup=False), End(9, 0, 1, False))]

    return say


async def run(
    device: FakeDevice,
    launches: int,
    stop: Stop = Stop(),  # noqa: B008 (frozen)
    observe: Callable[[Bench, BenchEvent], None] = lambda _bench, _event: None,
) -> list[BenchEvent]:
    recorder = ListRecorder()
    bench = Bench(FakeBus(device), recorder, FakeLocks(), FakeClock())
    plan: Plan = replace(a_plan([ONE], "ab"), canaries=(DeviceCanary(ONE, CANARY),))
    plan = replace(plan, preset=replace(plan.preset, launches=launches, stop=stop))
    await bench.run(plan, [snapshot(ONE)], lambda event: observe(bench, event))
    return recorder.events


def sung(events: list[BenchEvent]) -> list[CanaryMeasured]:
    return [event for event in events if isinstance(event, CanaryMeasured)]


async def test_it_runs_before_and_after_each_block_and_is_compared_with_itself() -> None:
    device = FakeDevice(ONE, script(1_000, 1_010, 1_100))
    events = await run(device, 4)
    assert [
        CanaryMeasured(ONE, None, 1_000, None, ""),
        CanaryMeasured(ONE, 0, 1_010, 1.01, ""),
        CanaryMeasured(ONE, 1, 1_100, 1_100 / 1_005, ""),
    ] == sung(events)
    names = "".join(request.digest[0] for request in device.requests)
    assert ["c", "c", "c"] == [names[place] for place in (0, 5, 10)]
    assert CANARY.digest in device.pushed


async def test_it_is_no_launch_of_the_plan() -> None:
    events = await run(FakeDevice(ONE, script(1_000, 1_000)), 2)
    started = [event.spec.variant_index for event in events if isinstance(event, LaunchStarted)]
    assert [0, 0, 1, 1] == sorted(started)
    assert 4 == sum(isinstance(event, SamplesArrived) for event in events)


async def test_one_that_fails_is_given_up_and_fails_nothing_else() -> None:
    events = await run(FakeDevice(ONE, script(0)), 4)
    (failed,) = sung(events)
    assert (None, None) == (failed.p50_ns, failed.ratio)
    assert failed.cause
    ended = next(event for event in events if isinstance(event, DeviceEnded))
    assert Outcome.DONE is ended.outcome


async def test_blocks_that_are_left_out_need_none() -> None:
    events = await run(FakeDevice(ONE, script(1_000, 1_000)), 8, Stop(max_s=0.001))
    assert any(isinstance(event, MeasuredEnough) for event in events)
    assert [None, 0] == [event.after_block for event in sung(events)]


async def test_a_stop_ends_it() -> None:
    singing = asyncio.Event()

    def endless(_: LaunchRequest) -> list[bytes | None]:
        singing.set()
        return [lines(HELLO), None]

    device = FakeDevice(ONE, endless)
    recorder = ListRecorder()
    bench = Bench(FakeBus(device), recorder, FakeLocks(), FakeClock())
    plan = replace(a_plan([ONE]), canaries=(DeviceCanary(ONE, CANARY),))
    running = asyncio.create_task(bench.run(plan, [snapshot(ONE)], lambda _: None))
    async with asyncio.timeout(5):
        await singing.wait()
        bench.stop()
        assert Outcome.STOPPED is await running
    assert [] == sung(recorder.events)
    assert device.processes[0].is_closed


async def test_nothing_is_measured_after_a_stop() -> None:
    def stop(bench: Bench, event: BenchEvent) -> None:
        if isinstance(event, LaunchStarted):
            bench.stop()

    events = await run(FakeDevice(ONE, script(1_000)), 4, observe=stop)
    assert [None] == [event.after_block for event in sung(events)]
