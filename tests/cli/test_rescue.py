"""Phones that a run has left with its settings, as the next command finds them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.hygiene import Housekeeper
from labtui.adapters.android.journal import Entry, Journal
from labtui.adapters.android.server import AndroidConfig
from labtui.cli.compose import OpenBus
from labtui.cli.rescue import (
    Rescue,
    Rescuer,
    print_rescues,
    rescue_all,
    rescuing,
    say_what_is_left,
)
from labtui.cli.settings import Settings
from labtui.core.hygiene import SETTINGS, OldValue
from labtui.core.model import DeviceId, DeviceSnapshot
from labtui.store import DeviceLocks
from labtui.virtual.bench import VirtualBench
from tests.adapters.android.waiting import all_ready, until

LIMIT_S = 20.0
GIVEN_BACK = "7 settings are as they were before its run."


class Bench:
    """One virtual phone that a run has left in the lurch, and labtui's view of it."""

    def __init__(self, virtual: VirtualBench, bus: AndroidBus, folder: Path) -> None:
        journal, locks = Journal(folder / "hygiene"), DeviceLocks(folder / "locks")
        self.phone = virtual.phones[0]
        self.bus = bus
        self.open = OpenBus(bus, 1, locks, bus, None, journal)
        self.before = dict(self.phone.device.settings)

    @property
    def id(self) -> DeviceId:
        return DeviceId(f"android:{self.phone.serial}")

    @property
    def is_as_before(self) -> bool:
        is_fixed = self.phone.device.power.now().is_performance_fixed
        return (self.before, False) == (self.phone.device.settings, is_fixed)

    async def abandon(self) -> tuple[DeviceSnapshot, ...]:
        """Do what a run does that is killed; return the bench."""
        found = await all_ready(self.bus, 1)
        await Housekeeper(self.id, lambda: self.bus._phone(self.id), self.open.journal).apply()
        assert not self.is_as_before
        return found


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with VirtualBench(["pixel-7-pro"]) as virtual:
        bus = AndroidBus(
            AndroidConfig(port=virtual.adb_port, may_start_server=False),
            journal=Journal(tmp_path / "hygiene"),
        )
        try:
            yield Bench(virtual, bus, tmp_path)
        finally:
            await bus.close()


async def test_a_phone_that_is_ready_gets_its_settings_at_once(bench: Bench) -> None:
    devices = await bench.abandon()
    assert [(GIVEN_BACK, "")] == [
        (r.text, r.problem) for r in await rescue_all(bench.open, devices)
    ]
    assert bench.is_as_before
    assert [] == await rescue_all(bench.open, devices)


async def test_a_phone_that_returns_gets_them_then(bench: Bench) -> None:
    await bench.abandon()
    await bench.phone.unplug()
    gone = await until(bench.bus, lambda devices: not devices)
    (left,) = await rescue_all(bench.open, gone)
    assert "plug it in" in left.problem
    told: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(LIMIT_S), rescuing(bench.open, gone, told.put_nowait):
        await bench.phone.plug()
        assert f"Pixel 7 Pro: {GIVEN_BACK}" == await told.get()
    assert bench.is_as_before


async def test_a_phone_at_work_is_left_to_who_works_with_it(bench: Bench) -> None:
    devices = await bench.abandon()
    with bench.open.locks.hold(bench.id):
        (busy,) = await rescue_all(bench.open, devices)
        assert "another labtui" in busy.problem
        rescuer = Rescuer(bench.open)
        assert [] == await rescuer.restore(devices)
    assert [GIVEN_BACK] == [rescue.text for rescue in await rescuer.restore(devices)]
    assert bench.is_as_before


async def test_a_phone_that_refuses_is_asked_once_and_not_at_every_turn(bench: Bench) -> None:
    devices = await bench.abandon()
    bench.phone.guard_settings("refuse")
    rescuer = Rescuer(bench.open)
    (refused,) = await rescuer.restore(devices)
    assert "system/screen_brightness to 102 (Permission denial" in refused.problem
    assert "do it on the phone" in refused.problem
    assert [] == await rescuer.restore(devices)
    bench.phone.guard_settings("")
    assert [] == await rescuer.restore(()), "it has left"
    assert [GIVEN_BACK] == [rescue.text for rescue in await rescuer.restore(devices)]


async def test_one_damaged_journal_keeps_no_other_phone_waiting(
    bench: Bench, tmp_path: Path
) -> None:
    devices = await bench.abandon()
    (tmp_path / "hygiene" / "0.json").write_text("{")
    rescues = await rescue_all(bench.open, devices)
    assert [GIVEN_BACK, True] == [rescues[0].text, "then remove the file" in rescues[1].problem]
    assert bench.is_as_before


async def test_a_run_says_which_of_its_own_phones_are_left(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = await bench.abandon()
    other = Entry(DeviceId("android:other"), "Other", (OldValue(SETTINGS[0], None),))
    bench.open.journal.write(other)
    say_what_is_left(bench.open, devices)
    told = capsys.readouterr().err
    assert "Pixel 7 Pro has this run's settings still" in told
    assert "Other" not in told


GOOD, BAD = Rescue("Pixel", DeviceId("android:1")), Rescue("Redmi", problem="Plug it in.")


@pytest.mark.parametrize(("rescues", "code"), [([], 0), ([GOOD], 0), ([GOOD, BAD], 3)])
def test_the_command_tells_all_and_fails_while_anything_is_left(
    rescues: list[Rescue], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(tmp_path / "db", tmp_path, virtual=None)
    assert code == print_rescues(rescues, settings)
    printed = capsys.readouterr()
    for rescue in rescues:
        assert rescue.text in printed.out
    assert bool(rescues) != ("No phone has settings of a run." in printed.err)
    assert code == print_rescues(rescues, replace(settings, as_json=True))
    document = json.loads(capsys.readouterr().out)
    assert ["rescue", [r.name for r in rescues]] == [
        document["kind"],
        [phone["name"] for phone in document["phones"]],
    ]
