"""Alarms of a real session with a real history; a history in trouble harms no launch."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from labtui.bench.alarms import Findings
from labtui.bench.service import Bench
from labtui.core.events import AlarmRaised, BenchEvent, LaunchEnded, Outcome, ReadingTaken
from labtui.core.model import DeviceId, EngineOptions, LaunchUid
from labtui.core.plan import PlannedVariant
from labtui.core.plausibility import AlarmKind, Past
from labtui.core.protocol import Aggregate, Control, End, RunnerEvent, Samples
from labtui.core.readings import Reading, ThermalStatus
from labtui.core.request import LaunchRequest
from labtui.ports import History
from labtui.store import Store, open_store
from labtui.store.writer import Writer
from tests.bench.fakes import (
    HELLO,
    FakeBus,
    FakeClock,
    FakeDevice,
    FakeLocks,
    a_plan,
    lines,
    snapshot,
    variant,
)

ONE = DeviceId("android:1")
MS = 1_000_000
GPU = EngineOptions("gpu")


@dataclass
class Phone(FakeDevice):
    """Measures what it is told to, and may be hot."""

    says: list[RunnerEvent] = field(default_factory=list)
    status: ThermalStatus | None = None

    async def read_state(self) -> Reading:
        return Reading(boot_ns=6_000, thermal_status=self.status)


@dataclass
class Rig:
    store: Store
    recorder: Writer
    clock: FakeClock = field(default_factory=FakeClock)

    async def run(
        self,
        *says: RunnerEvent,
        engine: EngineOptions = GPU,
        status: ThermalStatus | None = None,
        history: History | None = None,
    ) -> list[AlarmRaised]:
        """Run one launch; return its alarms."""

        def script(_: LaunchRequest) -> list[bytes | None]:
            measured = sum(len(e.durations_ns) for e in says if isinstance(e, Samples))
            end = End(99, 0, measured, is_stopped=False)
            return [lines(HELLO), lines(*says, end)]

        phone = Phone(ONE, script, status=status)
        bench = Bench(
            FakeBus(phone), self.recorder, FakeLocks(), self.clock, history or self.store.history
        )
        plan = replace(a_plan([ONE]), variants=(PlannedVariant(variant("a"), engine),))
        seen: list[BenchEvent] = []
        assert Outcome.DONE is await bench.run(plan, (snapshot(ONE),), seen.append)
        return [event for event in seen if isinstance(event, AlarmRaised)]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    store = open_store(tmp_path / "history.db")
    with store.recorder() as recorder:
        yield Rig(store, recorder)


def measured(p50_ms: float) -> Samples:
    return Samples(0, 20, (int(p50_ms * MS),), is_warmup=False)


async def test_a_launch_far_from_its_own_history_raises_an_alarm(rig: Rig) -> None:
    for p50_ms in (20, 21, 22):
        assert [] == await rig.run(measured(p50_ms))
    (alarm,) = await rig.run(measured(42))
    assert (ONE, AlarmKind.SLOWER_THAN_HISTORY) == (alarm.device, alarm.kind)
    assert "2.0 times the usual 21 ms" in alarm.text
    *_, last = rig.store.history.launches()
    assert (alarm.launch, (alarm.text,)) == (last.launch, last.alarms)
    (result,) = rig.store.history.results(last.session)
    assert (alarm.text,) == result.alarms


async def test_other_options_have_no_history_yet(rig: Rig) -> None:
    for p50_ms in (20, 21, 22):
        await rig.run(measured(p50_ms))
    assert [] == await rig.run(measured(90), engine=EngineOptions("cpu"))


async def test_a_throttled_phone_explains_a_slow_launch(rig: Rig) -> None:
    for p50_ms in (20, 21, 22):
        await rig.run(measured(p50_ms))
    (alarm,) = await rig.run(measured(42), status=ThermalStatus.SEVERE)
    assert AlarmKind.SLOWED_BY_THROTTLING is alarm.kind


async def test_a_launch_like_its_control_run_raises_an_alarm(rig: Rig) -> None:
    control = Control(30, "cpu", "XNNPACK", (20 * MS,))
    (alarm,) = await rig.run(measured(20), control)
    assert AlarmKind.LIKE_CONTROL is alarm.kind
    assert [] == await rig.run(measured(5), control)
    assert [] == await rig.run(measured(20), control, engine=EngineOptions("cpu"))


async def test_totals_are_not_compared_with_samples(rig: Rig) -> None:
    for p50_ms in (20, 21, 22):
        await rig.run(measured(p50_ms))
    assert [] == await rig.run(Aggregate(9, 90.0 * MS, p50_ns=90.0 * MS))


async def test_a_history_that_cannot_be_read_fails_no_launch(rig: Rig, tmp_path: Path) -> None:
    broken = open_store(tmp_path / "broken.db").history
    (tmp_path / "broken.db").write_bytes(b"x" * 5_000)
    control = Control(30, "cpu", "XNNPACK", (20 * MS,))
    (alarm,) = await rig.run(measured(20), control, history=broken)
    assert AlarmKind.LIKE_CONTROL is alarm.kind


async def test_the_event_loop_is_not_kept_waiting(rig: Rig) -> None:
    """The history is read in a thread: other devices' events go on meanwhile."""
    beats = asyncio.Event()

    class Slow(type(rig.store.history)):  # type: ignore[misc]
        def past(self, *_: object, **__: object) -> Past:
            loop.call_soon_threadsafe(beats.set)
            asyncio.run_coroutine_threadsafe(beats.wait(), loop).result(10)
            return Past()

    loop = asyncio.get_running_loop()
    assert [] == await rig.run(measured(20), history=Slow(rig.store.path))
    assert beats.is_set()


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        ([None], None),
        ([ThermalStatus.NONE, None], False),
        ([ThermalStatus.SEVERE, ThermalStatus.NONE], True),
    ],
)
def test_throttling_at_any_time_counts(
    statuses: list[ThermalStatus | None], expected: bool | None
) -> None:
    findings = Findings()
    for status in statuses:
        reading = Reading(1, thermal_status=status)
        findings.see(ReadingTaken(LaunchUid("x"), ONE, None, reading))
    assert expected is findings.was_throttled


def test_only_a_launch_that_is_done_is_judged() -> None:
    findings = Findings()
    findings.see(LaunchEnded(LaunchUid("x"), ONE, Outcome.STOPPED, "", None, 5))
    assert findings.p50_ns is None
