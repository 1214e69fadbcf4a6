"""The bench service: one device's fate is its own, a stop is quick, nothing is lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from labtui.bench import launch as launch_module
from labtui.bench.service import Bench
from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    ReadingTaken,
    SamplesArrived,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import DeviceId, Digest, Tool
from labtui.core.plan import DoneLaunch, Plan, remaining, schedule
from labtui.core.protocol import RunnerError, RunnerReading, Samples
from labtui.core.readings import ThermalStatus
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceGone, DeviceHung, RunnerFailed, UsageError
from labtui.failure import FailureCode
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

ONE = DeviceId("android:1")
TWO = DeviceId("android:2")
E = TypeVar("E")


def good(_: LaunchRequest) -> list[bytes | None]:
    return [lines(*good_run())]


def endless(_: LaunchRequest) -> list[bytes | None]:
    return [lines(HELLO, Samples(0, 1, (5, 6), is_warmup=False)), None]


def kinds(events: list[BenchEvent], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


class Rig:
    def __init__(self, *devices: FakeDevice, locks: FakeLocks | None = None) -> None:
        self.recorder = ListRecorder()
        self.bench = Bench(FakeBus(*devices), self.recorder, locks or FakeLocks(), FakeClock())

    async def run(
        self, plan: Plan, observe: Callable[[BenchEvent], None] = lambda _: None
    ) -> Outcome:
        return await self.bench.run(plan, tuple(map(snapshot, plan.devices)), observe)

    def all(self, kind: type[E]) -> list[E]:
        return kinds(self.recorder.events, kind)


async def test_a_plan_runs_to_its_end_in_order() -> None:
    device = FakeDevice(ONE, good)
    rig = Rig(device)
    assert await rig.run(a_plan([ONE], "ab")) is Outcome.DONE
    names = [type(e).__name__ for e in rig.recorder.events]
    assert names[0] == "SessionStarted"
    assert names[-2:] == ["DeviceEnded", "SessionEnded"]
    assert len(rig.all(PushEnded)) == 2
    assert [e.outcome for e in rig.all(LaunchEnded)] == [Outcome.DONE] * 2
    assert {r.digest for r in device.requests} == set(device.pushed)
    assert all(p.is_closed for p in device.processes)
    assert rig.recorder.flushes == 1


async def test_the_summary_holds_measured_samples_only() -> None:
    rig = Rig(FakeDevice(ONE, good))
    await rig.run(a_plan([ONE]))
    (ended,) = rig.all(LaunchEnded)
    assert ended.summary is not None
    assert (3, 100, 102) == (ended.summary.count, ended.summary.min_ns, ended.summary.max_ns)


async def test_readings_are_put_on_the_clock_of_the_samples() -> None:
    def slow(_: LaunchRequest) -> list[bytes | None]:
        return [lines(HELLO), None, lines(*good_run()[1:])]

    rig = Rig(FakeDevice(ONE, slow))

    def stop_after_a_reading(event: BenchEvent) -> None:
        if isinstance(event, ReadingTaken) and event.t_ns is not None:
            rig.bench.stop()

    await rig.run(a_plan([ONE], preset="quick"), stop_after_a_reading)
    assert rig.all(ReadingTaken)[-1].t_ns == 6_000 - (5_000 - 1_000)


async def test_a_device_that_keeps_its_heat_from_the_host_tells_it_by_its_runner() -> None:
    hot = RunnerReading(7, thermal_status=ThermalStatus.MODERATE)

    def slow(_: LaunchRequest) -> list[bytes | None]:
        return [lines(HELLO, hot), None, lines(*good_run()[1:])]

    rig = Rig(FakeDevice(ONE, slow))

    def stop_after_a_hot_reading(event: BenchEvent) -> None:
        if isinstance(event, ReadingTaken) and event.reading.is_throttled:
            rig.bench.stop()

    await rig.run(a_plan([ONE]), stop_after_a_hot_reading)
    assert ThermalStatus.MODERATE is rig.all(ReadingTaken)[-1].reading.thermal_status


async def test_observers_see_what_the_recorder_gets() -> None:
    rig = Rig(FakeDevice(ONE, good))
    seen: list[BenchEvent] = []
    await rig.run(a_plan([ONE]), seen.append)
    assert seen == rig.recorder.events


FAILURES = [
    ([], "without its last event (exit code 9)"),
    ([lines(HELLO)], "The runner crashed"),
    ([b'{"ev":"hello"}\n'], "broke its protocol"),
    ([lines(HELLO) + b'{"ev":"samples","i":0,"t":1,"ns":[-1]}\n'], "broke its protocol"),
    ([lines(HELLO) + b'{"ev":"samples","i":0,"t":1,"ns":[NaN]}\n'], "broke its protocol"),
    ([lines(HELLO), b"x" * (11 << 20)], "broke its protocol"),
    ([lines(RunnerError(FailureCode.MODEL_REFUSED, "no op"))], "refused the variant: no op"),
    ([lines(HELLO, RunnerError(FailureCode.OUT_OF_MEMORY, "x"))], "ran out of memory"),
]


@pytest.mark.parametrize(("chunks", "cause"), FAILURES)
async def test_a_bad_runner_fails_its_launch_with_the_cause(
    chunks: list[bytes | None], cause: str
) -> None:
    rig = Rig(FakeDevice(ONE, lambda _: list(chunks)))
    assert await rig.run(a_plan([ONE])) is Outcome.FAILED
    (ended,) = rig.all(LaunchEnded)
    assert ended.outcome is Outcome.FAILED
    assert cause in ended.cause
    assert ended.code is not None
    assert ended.code is rig.all(DeviceEnded)[0].code


async def test_what_came_before_the_violation_is_kept() -> None:
    data = lines(HELLO, Samples(0, 1, (5, 6), is_warmup=False)) + b'{"ev":"what"}\n'
    rig = Rig(FakeDevice(ONE, lambda _: [data]))
    await rig.run(a_plan([ONE]))
    assert [e.samples.durations_ns for e in rig.all(SamplesArrived)] == [(5, 6)]
    assert rig.all(LaunchEnded)[0].summary is not None


async def test_a_variant_that_cannot_run_is_given_up_and_the_others_go_on() -> None:
    def script(request: LaunchRequest) -> list[bytes | None]:
        if request.digest.startswith("a"):
            return [lines(RunnerError(FailureCode.MODEL_REFUSED, "no"))]
        return good(request)

    device = FakeDevice(ONE, script)
    rig = Rig(device)
    assert await rig.run(a_plan([ONE], "ab", "quick")) is Outcome.FAILED
    digests = [r.digest[0] for r in device.requests]
    assert (1, 2) == (digests.count("a"), digests.count("b"))


@pytest.mark.parametrize("error", [DeviceGone("cable"), DeviceHung("silent")])
async def test_one_devices_failure_never_stops_another(error: Exception) -> None:
    rig = Rig(FakeDevice(ONE, good, push_error=error), FakeDevice(TWO, good))
    assert await rig.run(a_plan([ONE, TWO])) is Outcome.FAILED
    outcomes = {e.device: (e.outcome, e.cause) for e in rig.all(DeviceEnded)}
    assert outcomes == {ONE: (Outcome.FAILED, str(error)), TWO: (Outcome.DONE, "")}


async def test_what_is_missing_on_a_device_is_told_before_anything_is_pushed() -> None:
    missing = RunnerFailed(FailureCode.ENGINE_MISSING, "get it.")
    device = FakeDevice(ONE, good, prepare_error=missing)
    rig = Rig(device)
    assert await rig.run(a_plan([ONE])) is Outcome.FAILED
    assert ([], []) == (device.pushed, device.requests)
    (end,) = rig.all(DeviceEnded)
    assert (FailureCode.ENGINE_MISSING, str(missing)) == (end.code, end.cause)


async def test_a_tool_is_brought_once_and_named_in_each_launch() -> None:
    tool = Tool("/x/benchmark_model", Digest("0" * 64), 9)
    device = FakeDevice(ONE, good)
    assert await Rig(device).run(replace(a_plan([ONE], "ab"), tool=tool)) is Outcome.DONE
    assert ([tool], [tool.digest] * 2) == (device.tools, [r.tool for r in device.requests])


async def test_a_device_that_is_not_there_fails_alone() -> None:
    rig = Rig(FakeDevice(ONE, good))
    assert await rig.run(a_plan([ONE, TWO])) is Outcome.FAILED
    assert [e.outcome for e in rig.all(LaunchEnded)] == [Outcome.DONE]


async def test_a_busy_device_is_left_to_its_holder() -> None:
    device = FakeDevice(ONE, good)
    rig = Rig(device, locks=FakeLocks(ONE))
    assert await rig.run(a_plan([ONE])) is Outcome.FAILED
    assert device.requests == []
    assert "another labtui" in rig.all(DeviceEnded)[0].cause


async def test_a_silent_runner_on_a_dead_device_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch_module, "SILENCE_S", 0.01)
    rig = Rig(FakeDevice(ONE, endless, probe_error=DeviceHung("no answer")))
    assert await rig.run(a_plan([ONE])) is Outcome.FAILED
    assert "no answer" in rig.all(DeviceEnded)[0].cause


async def test_a_silent_runner_on_a_live_device_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launch_module, "SILENCE_S", 0.01)
    monkeypatch.setattr(launch_module, "SILENCE_LIMIT_S", 0.05)
    rig = Rig(FakeDevice(ONE, endless))
    assert await rig.run(a_plan([ONE])) is Outcome.FAILED
    assert "not said a word" in rig.all(LaunchEnded)[0].cause


def stop_at_samples(rig: Rig) -> Callable[[BenchEvent], None]:
    def observe(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            rig.bench.stop()

    return observe


async def test_stop_ends_every_device_and_keeps_what_was_measured() -> None:
    devices = [FakeDevice(ONE, endless), FakeDevice(TWO, endless)]
    rig = Rig(*devices)
    outcome = await asyncio.wait_for(rig.run(a_plan([ONE, TWO], "ab"), stop_at_samples(rig)), 2)
    assert outcome is Outcome.STOPPED
    assert [len(d.requests) for d in devices] == [1, 1]
    assert {e.outcome for e in rig.all(LaunchEnded)} == {Outcome.STOPPED}
    assert all(e.summary is not None for e in rig.all(LaunchEnded))
    assert rig.all(SessionEnded)[0].outcome is Outcome.STOPPED


async def test_a_runner_that_will_not_stop_is_left_within_two_seconds() -> None:
    device = FakeDevice(ONE, endless)
    rig = Rig(device)

    def observe(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            device.processes[0].stop = lambda: None  # type: ignore[method-assign]
            rig.bench.stop()

    assert await asyncio.wait_for(rig.run(a_plan([ONE]), observe), 2) is Outcome.STOPPED
    assert device.processes[0].is_closed


async def test_cancelling_stops_everything_and_records_it() -> None:
    device = FakeDevice(ONE, endless)
    rig = Rig(device)
    arrived = asyncio.Event()

    def observe(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            arrived.set()

    task = asyncio.create_task(rig.run(a_plan([ONE]), observe))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert device.processes[0].is_closed
    assert [e.outcome for e in rig.all(SessionEnded)] == [Outcome.STOPPED]


async def test_two_plans_at_once_are_refused() -> None:
    rig = Rig(FakeDevice(ONE, endless))
    refused: list[UsageError] = []

    async def second() -> None:
        with pytest.raises(UsageError, match="running already") as caught:
            await rig.run(a_plan([ONE]))
        refused.append(caught.value)
        rig.bench.stop()

    tasks: list[asyncio.Task[None]] = []

    def observe(event: BenchEvent) -> None:
        if isinstance(event, SamplesArrived):
            tasks.append(asyncio.create_task(second()))

    await rig.run(a_plan([ONE]), observe)
    await asyncio.gather(*tasks)
    assert len(refused) == 1


async def test_a_second_plan_runs_after_the_first() -> None:
    rig = Rig(FakeDevice(ONE, good))
    await rig.run(a_plan([ONE]))
    await rig.run(a_plan([ONE]))
    first, second = rig.all(SessionStarted)
    assert first.session < second.session


async def test_a_bug_is_raised_after_everything_was_let_go() -> None:
    rig = Rig(FakeDevice(ONE, good, push_error=ZeroDivisionError("bug")), FakeDevice(TWO, good))
    with pytest.raises(ZeroDivisionError):
        await rig.run(a_plan([ONE, TWO]))
    assert {e.outcome for e in rig.all(DeviceEnded)} == {Outcome.FAILED, Outcome.DONE}
    assert len(rig.all(SessionEnded)) == 1


async def test_launches_that_are_done_are_left_out_and_so_is_a_file_nobody_needs() -> None:
    device = FakeDevice(ONE, good)
    rig = Rig(device)
    plan = a_plan([ONE], "ab", "quick")
    done = [s for s in schedule(plan, ONE) if s.variant_index == 0 or s.index == 0]
    rest = remaining(plan, [DoneLaunch(ONE, spec.index) for spec in done])
    assert rest is not None
    assert await rig.run(rest) is Outcome.DONE
    left = [spec for spec in schedule(plan, ONE) if spec not in done]
    assert left == [started.spec for started in rig.all(LaunchStarted)]
    assert ["b" * 64] == device.pushed
