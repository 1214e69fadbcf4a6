"""Between blocks: a device is waited for, within limits, and measured no longer than needed."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from labtui.bench import gatekeeper
from labtui.bench.service import Bench
from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    GateShut,
    GateWaited,
    LaunchStarted,
    MeasuredEnough,
    Outcome,
)
from labtui.core.gates import Gates
from labtui.core.model import DeviceId
from labtui.core.plan import DoneLaunch, Plan, remaining
from labtui.core.protocol import End, Samples
from labtui.core.readings import Battery, Reading, ThermalStatus
from labtui.core.request import LaunchRequest
from labtui.core.stopping import Stop, Until
from labtui.errors import DeviceHung
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
COOL = Reading(1, thermal_status=ThermalStatus.NONE)
HOT = Reading(1, thermal_status=ThermalStatus.SEVERE)
HOT_WORDS = ("its thermal status is severe",)


def charging(is_charging: bool) -> Reading:
    return Reading(1, battery=Battery(80, is_charging=is_charging))


@dataclass
class Moody(FakeDevice):
    """Is in each of its states for one look, then in the last one for good; None = unreadable."""

    states: list[Reading | None] = field(default_factory=list)

    async def read_state(self) -> Reading:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise DeviceHung("It does not answer.")
        return state


def good(_: LaunchRequest) -> list[bytes | None]:
    return [lines(*good_run())]


def blocks_plan(launches: int, variants: str = "ab", **changes: object) -> Plan:
    plan = a_plan([ONE], variants)
    changed = replace(plan.preset, launches=launches, **changes)  # type: ignore[arg-type]
    return replace(plan, preset=changed)


async def run(
    device: FakeDevice,
    plan: Plan,
    observe: Callable[[Bench, BenchEvent], None] = lambda _bench, _event: None,
) -> list[BenchEvent]:
    recorder = ListRecorder()
    bench = Bench(FakeBus(device), recorder, FakeLocks(), FakeClock())
    await bench.run(plan, [snapshot(ONE)], lambda event: observe(bench, event))
    return recorder.events


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gatekeeper, "POLL_S", 0.001)


async def admitted(gates: Gates, *states: Reading | None, blocks: int = 1) -> list[BenchEvent]:
    """Return what is told when blocks want to begin on a device in these states."""
    events: list[BenchEvent] = []
    keeper = gatekeeper.Gatekeeper(gates, FakeClock(), events.append)
    device = Moody(ONE, good, states=list(states))
    for block in range(blocks):
        await keeper.admit(device, block)
    return events


async def test_a_fit_device_is_not_waited_for() -> None:
    assert [] == await admitted(Gates(), COOL)


async def test_a_block_waits_until_the_device_is_fit() -> None:
    shut, waited = await admitted(Gates(), HOT, HOT, COOL)
    assert GateShut(ONE, 0, HOT_WORDS) == shut
    assert isinstance(waited, GateWaited)
    assert (0, ()) == (waited.block, waited.reasons_left)
    assert waited.seconds > 0


async def test_who_never_gets_fit_begins_all_the_same_and_it_is_said() -> None:
    waited = (await admitted(Gates(wait_s=0.01), HOT))[-1]
    assert isinstance(waited, GateWaited)
    assert HOT_WORDS == waited.reasons_left
    assert waited.seconds >= 0.01


@pytest.mark.parametrize("states", [(None,), (None, HOT), (Reading(1),)])
async def test_what_cannot_be_read_is_not_waited_for(states: tuple[Reading | None, ...]) -> None:
    assert [] == await admitted(Gates(), *states)


async def test_a_wait_ends_when_the_device_can_no_longer_be_read() -> None:
    waited = (await admitted(Gates(), HOT, None))[-1]
    assert isinstance(waited, GateWaited)
    assert () == waited.reasons_left


async def test_a_cable_that_stays_away_is_waited_for_once() -> None:
    gates = Gates(wait_s=0.01)
    events = await admitted(gates, charging(True), charging(False), blocks=3)
    waits = [event for event in events if isinstance(event, GateWaited)]
    assert [(1, ("it has stopped charging",))] == [(w.block, w.reasons_left) for w in waits]


async def test_launches_of_one_block_are_not_held_up() -> None:
    device = Moody(ONE, good, states=[HOT])
    plan = blocks_plan(4, gates=Gates(wait_s=0.01))
    events = await run(device, plan)
    kinds = [type(e).__name__ for e in events if isinstance(e, GateWaited | LaunchStarted)]
    assert ["GateWaited", *["LaunchStarted"] * 4] * 2 == kinds


async def test_a_stop_ends_a_wait_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gatekeeper, "POLL_S", 600.0)

    def stop(bench: Bench, event: BenchEvent) -> None:
        if isinstance(event, GateShut):
            bench.stop()

    plan = blocks_plan(2, gates=Gates(wait_s=900.0))
    async with asyncio.timeout(5):
        events = await run(Moody(ONE, good, states=[HOT]), plan, stop)
    assert not [event for event in events if isinstance(event, GateWaited | LaunchStarted)]
    ended = next(event for event in events if isinstance(event, DeviceEnded))
    assert Outcome.STOPPED is ended.outcome


def durations(*ns_by_variant: int) -> Callable[[LaunchRequest], list[bytes | None]]:
    """Return a script in which each variant, by name, always takes equally long; 0 = it fails."""
    names = {letter * 64: ns for letter, ns in zip("abc", ns_by_variant, strict=False)}
    numbers: Iterator[int] = count()

    def script(request: LaunchRequest) -> list[bytes | None]:
        ns = names[request.digest]
        if not ns:
            return [b"garbage\n"]
        one = ns + next(numbers) % 2
        return [lines(HELLO, Samples(0, 1, (one,) * 3, is_warmup=False), End(9, 0, 3, False))]

    return script


DECIDED = Stop(Until.DECIDED)


def measured(events: list[BenchEvent]) -> int:
    return sum(isinstance(event, LaunchStarted) for event in events)


def early(events: list[BenchEvent]) -> list[MeasuredEnough]:
    return [event for event in events if isinstance(event, MeasuredEnough)]


@pytest.mark.parametrize(
    ("ns", "stop", "launches", "told"),
    [
        ((10_000, 12_000), DECIDED, 20, [MeasuredEnough(ONE, 10, True)]),
        ((10_000, 10_000), DECIDED, 20, [MeasuredEnough(ONE, 10, True)]),
        ((10_000, 12_000), Stop(), 52, []),
        ((10_000, 12_000, 0), DECIDED, 21, [MeasuredEnough(ONE, 10, True)]),
        ((0, 12_000, 11_000), DECIDED, 53, []),
        ((10_000,), DECIDED, 26, []),
    ],
    ids=["slower", "same", "fixed", "a variant fails", "the baseline fails", "one variant"],
)
async def test_a_device_measures_until_all_is_decided(
    ns: tuple[int, ...], stop: Stop, launches: int, told: list[MeasuredEnough]
) -> None:
    plan = blocks_plan(26, "abc"[: len(ns)], stop=stop)
    events = await run(FakeDevice(ONE, durations(*ns)), plan)
    assert (launches, told) == (measured(events), early(events))


async def test_no_block_begins_after_the_time_limit() -> None:
    plan = blocks_plan(26, stop=Stop(max_s=0.001))
    events = await run(FakeDevice(ONE, durations(10_000, 12_000)), plan)
    assert (4, [MeasuredEnough(ONE, 2, False)]) == (measured(events), early(events))


async def test_a_resumed_plan_does_not_look_at_a_part_of_its_launches() -> None:
    plan = remaining(blocks_plan(26, stop=DECIDED), [DoneLaunch(ONE, n) for n in range(4)])
    assert plan is not None
    events = await run(FakeDevice(ONE, durations(10_000, 12_000)), plan)
    assert (48, []) == (measured(events), early(events))
