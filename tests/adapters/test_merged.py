"""Several buses as one bench: a broken one takes only its own devices away."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from labtui.adapters.merged import MergedBus
from labtui.core.model import DeviceId, DeviceSnapshot
from labtui.errors import BenchUnavailable, DeviceGone
from tests.bench.fakes import FakeBus, FakeDevice, snapshot

ONE, TWO = DeviceId("android:1"), DeviceId("host:2")


class BrokenBus(FakeBus):
    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        raise BenchUnavailable("There is no adb: install it.")
        yield ()


class LateBus(FakeBus):
    def __init__(self, *devices: FakeDevice) -> None:
        super().__init__(*devices)
        self.may_speak = asyncio.Event()

    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        await self.may_speak.wait()
        async for devices in super().watch():
            yield devices


def fake(device: DeviceId) -> FakeDevice:
    return FakeDevice(device, lambda _: [])


async def first(bus: MergedBus) -> tuple[DeviceSnapshot, ...]:
    async with aclosing(bus.watch()) as updates:
        return await anext(updates)


async def test_devices_of_all_buses_are_one_bench() -> None:
    one, two = fake(ONE), fake(TWO)
    bus = MergedBus((FakeBus(one), FakeBus(two)))
    assert (snapshot(ONE), snapshot(TWO)) == await first(bus)
    assert bus.device(ONE) is one
    assert bus.device(TWO) is two
    assert bus.trouble == ""


async def test_nothing_is_shown_before_every_bus_has_spoken() -> None:
    late = LateBus(fake(TWO))
    bus = MergedBus((FakeBus(fake(ONE)), late))
    waiting = asyncio.create_task(first(bus))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    late.may_speak.set()
    assert (snapshot(ONE), snapshot(TWO)) == await waiting


async def test_a_bus_that_cannot_work_says_why_and_the_others_go_on() -> None:
    bus = MergedBus((BrokenBus(), FakeBus(fake(TWO))))
    assert (snapshot(TWO),) == await first(bus)
    assert "There is no adb: install it." == bus.trouble


async def test_a_device_nobody_has_shown_is_gone() -> None:
    with pytest.raises(DeviceGone, match="not on the bench"):
        MergedBus((FakeBus(),)).device(ONE)
