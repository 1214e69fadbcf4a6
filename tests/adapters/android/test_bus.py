import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from labtui.adapters.android.bus import AndroidBus
from labtui.adapters.android.server import AndroidConfig
from labtui.adapters.android.smartsocket import SmartSocket, SmartSocketError, server_version
from labtui.core.model import DeviceId, DeviceState, TransportKind
from labtui.errors import DeviceGone
from labtui.ports import DeviceBus
from tests.adapters.android.fake_server import FakePhone, FakeServer, vitals
from tests.adapters.android.real_adb import BUNDLED_ADB, free_port
from tests.adapters.android.waiting import Bench, all_ready, states, until, watching

USB_LINE = "SER1 device usb:1-1 product:cheetah model:Pixel_7_Pro device:cheetah transport_id:1"
WIFI_LINE = "192.0.2.7:5555 device product:cheetah transport_id:2"
PHONE = DeviceId("android:SER1")


def _phone(serialno: str = "SER1") -> FakePhone:
    return FakePhone(answers={"getprop": (0, vitals(serialno), "")})


async def test_an_empty_bench_is_shown_at_once(fake_server: FakeServer) -> None:
    async with watching(fake_server.config) as bus:
        assert await until(bus, lambda _bench: True) == ()


async def test_a_phone_is_shown_as_connecting_and_then_ready(fake_server: FakeServer) -> None:
    fake_server.phones[1] = _phone()
    async with watching(fake_server.config) as bus:
        await until(bus, lambda bench: not bench)
        fake_server.show(USB_LINE)
        (found,) = await until(bus, bool, limit_s=1.0)
        assert found.state is DeviceState.CONNECTING
        (found,) = await all_ready(bus, 1, limit_s=1.0)
        assert (found.id, found.name) == (PHONE, "Pixel 7 Pro")
        fake_server.show()
        await until(bus, lambda bench: not bench, limit_s=1.0)


async def test_one_phone_on_two_transports(fake_server: FakeServer) -> None:
    fake_server.phones = {1: _phone(), 2: _phone()}
    async with watching(fake_server.config) as bus:
        fake_server.show(WIFI_LINE, USB_LINE)
        (found,) = await until(bus, lambda b: states(b) == [DeviceState.READY] and _both(b))
        assert [t.kind for t in found.transports] == [TransportKind.USB, TransportKind.WIFI]
        fake_server.show(WIFI_LINE)
        (found,) = await until(bus, lambda b: len(b) == 1 and len(b[0].transports) == 1)
        assert (found.id, found.state) == (PHONE, DeviceState.READY)


def _both(bench: object) -> bool:
    return isinstance(bench, tuple) and len(bench[0].transports) == 2


async def test_two_phones_with_one_serial(fake_server: FakeServer) -> None:
    fake_server.phones = {1: _phone(), 2: _phone()}
    async with watching(fake_server.config) as bus:
        fake_server.show("SER1 device usb:3-3 transport_id:1", "SER1 device usb:3-4 transport_id:2")
        twins = await until(bus, lambda b: states(b) == [DeviceState.DUPLICATE] * 2)
        assert [twin.id for twin in twins] == ["android:SER1@1", "android:SER1@2"]
        with pytest.raises(DeviceGone, match="unplug one of them"):
            bus.device(twins[0].id)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("SER1 unauthorized usb:1-1 transport_id:1", DeviceState.UNAUTHORIZED),
        ("SER1 offline usb:1-1 transport_id:1", DeviceState.OFFLINE),
        ("SER1 recovery usb:1-1 transport_id:1", DeviceState.NOT_BOOTED),
        (
            "???????????? no permissions (missing udev rules?); see [http://x] transport_id:1",
            DeviceState.NO_PERMISSIONS,
        ),
    ],
)
async def test_phones_that_cannot_work_say_how_to_cure_it(
    line: str, state: DeviceState, fake_server: FakeServer
) -> None:
    fake_server.show(line)
    async with watching(fake_server.config) as bus:
        (found,) = await until(bus, bool)
        assert state is found.state
        assert found.cure
        with pytest.raises(DeviceGone) as caught:
            bus.device(found.id)
        assert found.cure in str(caught.value)


async def test_phones_keep_their_places(fake_server: FakeServer) -> None:
    def line(serial: str, handle: int) -> str:
        return f"{serial} unauthorized usb:1-{handle} transport_id:{handle}"

    def shows(*names: str) -> Callable[[Bench], bool]:
        return lambda bench: list(names) == [phone.name for phone in bench]

    fake_server.show(line("A", 3), line("B", 1), line("C", 2))
    async with watching(fake_server.config) as bus:
        await until(bus, shows("B", "C", "A"))
        fake_server.show(line("A", 3), line("C", 2))
        await until(bus, shows("C", "A"))
        fake_server.show(line("A", 3), line("B", 4), line("C", 2))
        await until(bus, shows("B", "C", "A"))


async def test_a_phone_keeps_its_place_once_its_number_is_known(fake_server: FakeServer) -> None:
    fake_server.phones = {2: _phone()}
    fake_server.show(WIFI_LINE, "Z unauthorized usb:1-1 transport_id:5")
    async with watching(fake_server.config) as bus:
        bench = await until(bus, lambda b: DeviceState.READY in states(b))
    assert [PHONE, "android:Z"] == [phone.id for phone in bench]


async def test_a_phone_becomes_known_once_it_is_allowed(fake_server: FakeServer) -> None:
    fake_server.phones[1] = _phone()
    fake_server.show("SER1 unauthorized usb:1-1 transport_id:1")
    async with watching(fake_server.config) as bus:
        await until(bus, lambda b: states(b) == [DeviceState.UNAUTHORIZED])
        fake_server.show(USB_LINE)
        (found,) = await all_ready(bus, 1, limit_s=1.0)
        fake_server.show(USB_LINE.replace("device usb", "offline usb"))
        (lost,) = await until(bus, lambda b: states(b) == [DeviceState.OFFLINE])
        assert (found.id, found.facts) == (lost.id, lost.facts)


async def test_an_idle_phone_that_hangs_is_noticed_and_so_is_its_return(
    fake_server: FakeServer,
) -> None:
    fake_server.phones[1] = _phone()
    fake_server.show(USB_LINE)
    async with watching(fake_server.config) as bus:
        await all_ready(bus, 1)
        fake_server.phones[1].is_hung = True
        await until(bus, lambda b: states(b) == [DeviceState.HUNG], limit_s=5.0)
        with pytest.raises(DeviceGone, match="hung"):
            bus.device(PHONE)
        fake_server.phones[1].is_hung = False
        await all_ready(bus, 1, limit_s=5.0)


async def test_an_unknown_device() -> None:
    with pytest.raises(DeviceGone, match="not on the bench"):
        AndroidBus().device(DeviceId("android:nobody"))


async def test_no_server_is_said_at_once_and_one_that_comes_is_found() -> None:
    server = FakeServer()
    config = AndroidConfig(port=free_port(), may_start_server=False)
    async with watching(config) as bus:
        assert await until(bus, lambda _bench: True, limit_s=2.0) == ()
        assert f"adb -P {config.port} start-server" in bus.trouble
        server.show("SER1 unauthorized usb:1-1 transport_id:1")
        await server.start(config.port)
        await until(bus, bool)
        assert not bus.trouble
    await server.stop()


async def test_the_end_of_the_server_empties_the_bench_and_then_is_told() -> None:
    server = FakeServer()
    await server.start()
    config = server.config
    server.show("SER1 unauthorized usb:1-1 transport_id:1")
    async with watching(config) as bus:
        await until(bus, bool)
        await server.stop()
        await until(bus, lambda bench: not bench, limit_s=1.0)
        assert not bus.trouble
        await until(bus, lambda _bench: "No adb server listens" in bus.trouble)


async def test_a_server_that_comes_back_in_time_is_not_worth_a_word() -> None:
    server = FakeServer()
    await server.start()
    config = server.config
    server.show("SER1 unauthorized usb:1-1 transport_id:1")
    async with watching(config) as bus:
        await until(bus, bool)
        await server.stop()
        await until(bus, lambda bench: not bench, limit_s=1.0)
        await server.start(config.port)
        await until(bus, bool, limit_s=2.0)
    await server.stop()


async def test_a_server_of_ones_own_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", BUNDLED_ADB)
    environment = {"HOME": str(tmp_path), "ADB_USB": "0", "ADB_MDNS": "0"}
    config = AndroidConfig(port=free_port(), environment=environment)
    async with watching(config) as bus, contextlib.aclosing(bus.watch()) as benches:
        try:
            assert (await anext(benches), bus.trouble) == ((), "")
            async with await SmartSocket.connect(config.address) as socket:
                await socket.ask("host:kill")
            await _answers_again(config)
            assert not bus.trouble
        finally:
            async with await SmartSocket.connect(config.address) as socket:
                await bus.close()
                await socket.ask("host:kill")


async def _answers_again(config: AndroidConfig) -> None:
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(SmartSocketError):
                await server_version(config.address)
                return
            await asyncio.sleep(0.02)


async def test_closing_ends_every_watch(fake_server: FakeServer) -> None:
    bus = AndroidBus(fake_server.config)
    async with asyncio.timeout(5), contextlib.aclosing(bus.watch()) as benches:
        await anext(benches)
        await bus.close()
        assert [] == [bench async for bench in benches]


async def test_two_watchers_see_the_same(fake_server: FakeServer) -> None:
    fake_server.phones[1] = _phone()
    fake_server.show(USB_LINE)
    async with watching(fake_server.config) as bus:
        benches = await asyncio.gather(all_ready(bus, 1), all_ready(bus, 1))
    assert benches[0] == benches[1]
    assert fake_server.asked.count("host:track-devices-l") == 1


def test_the_bus_is_a_device_bus() -> None:
    bus: DeviceBus = AndroidBus()
    assert bus
