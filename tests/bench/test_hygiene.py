"""When a device's settings are changed and given back around its launches."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from labtui.bench.service import Bench
from labtui.core.events import BenchEvent, DeviceEnded, HygieneApplied, LaunchStarted, Outcome
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId
from labtui.core.protocol import Samples
from labtui.errors import DeviceError
from tests.bench.fakes import (
    HELLO,
    FakeBus,
    FakeClock,
    FakeDevice,
    FakeLocks,
    ListRecorder,
    a_plan,
    good_run,
    lines,
    snapshot,
)

ONE, TWO = DeviceId("android:1"), DeviceId("android:2")
GOOD: list[bytes | None] = [lines(*good_run())]
BROKEN: list[bytes | None] = [b"garbage\n"]
ENDLESS: list[bytes | None] = [lines(HELLO, Samples(0, 1, (5, 6), is_warmup=False)), None]


def phone(device: DeviceId, chunks: list[bytes | None]) -> FakeDevice:
    return FakeDevice(device, lambda _: chunks)


async def measured(
    *devices: FakeDevice,
    hygiene: bool = True,
    observe: Callable[[Bench, BenchEvent], None] = lambda _bench, _event: None,
) -> tuple[Outcome, list[BenchEvent]]:
    """Run a plan of two variants; return how it ended and what happened."""
    recorder = ListRecorder()
    bench = Bench(FakeBus(*devices), recorder, FakeLocks(), FakeClock())
    ids = [device.id for device in devices]
    plan = replace(a_plan(ids, "ab"), hygiene=hygiene)
    outcome = await bench.run(plan, list(map(snapshot, ids)), lambda event: observe(bench, event))
    return outcome, recorder.events


async def test_settings_hold_from_before_the_first_launch_to_after_the_last() -> None:
    one = phone(ONE, GOOD)
    outcome, events = await measured(one)
    assert Outcome.DONE is outcome
    assert ["apply after 2 pushes", "restore after 2 launches"] == one.hygiene_log
    first = next(e for e in events if isinstance(e, HygieneApplied | LaunchStarted))
    assert HygieneApplied(ONE, (Kept("system/screen_brightness", "10"),)) == first


async def test_nothing_is_changed_unless_it_was_asked_for() -> None:
    one = phone(ONE, GOOD)
    _, events = await measured(one, hygiene=False)
    assert [] == one.hygiene_log
    assert not [event for event in events if isinstance(event, HygieneApplied)]


@pytest.mark.parametrize("chunks", [BROKEN, ENDLESS], ids=["failed", "stopped"])
async def test_settings_are_given_back_however_launches_end(chunks: list[bytes | None]) -> None:
    def observe(bench: Bench, event: BenchEvent) -> None:
        if isinstance(event, LaunchStarted) and chunks is ENDLESS:
            bench.stop()

    one = phone(ONE, chunks)
    outcome, _ = await measured(one, observe=observe)
    assert (Outcome.STOPPED if chunks is ENDLESS else Outcome.FAILED) is outcome
    assert "restore" in one.hygiene_log[-1]


async def test_settings_are_given_back_when_everything_is_cancelled() -> None:
    one, started = phone(ONE, ENDLESS), asyncio.Event()

    def observe(_: Bench, event: BenchEvent) -> None:
        if isinstance(event, LaunchStarted):
            started.set()

    task = asyncio.create_task(measured(one, observe=observe))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "restore" in one.hygiene_log[-1]


async def test_a_run_that_is_stopped_before_its_launches_changes_nothing() -> None:
    one = phone(ONE, GOOD)
    outcome, _ = await measured(one, observe=lambda bench, _: bench.stop())
    assert (Outcome.STOPPED, []) == (outcome, one.hygiene_log)


async def test_a_device_that_cannot_be_changed_fails_alone() -> None:
    one, two = phone(ONE, GOOD), phone(TWO, GOOD)
    one.hygiene_error = DeviceError("The folder of journals cannot be written.")
    _, events = await measured(one, two)
    ends = {e.device: (e.outcome, e.cause) for e in events if isinstance(e, DeviceEnded)}
    assert {ONE: (Outcome.FAILED, str(one.hygiene_error)), TWO: (Outcome.DONE, "")} == ends
    assert [] == one.requests
