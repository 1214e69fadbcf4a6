import asyncio
import contextlib

import pytest

from labtui.adapters.android.smartsocket import (
    Address,
    ConnectionEnded,
    NotAdb,
    Route,
    ServiceRefused,
    Silent,
    SmartSocket,
    Unreachable,
    open_service,
    server_version,
    track_devices,
)
from labtui.core.logs.adb_devices import AdbState
from tests.adapters.android.fake_server import FakePhone, FakeServer
from tests.adapters.android.real_adb import RealServer, free_port


async def test_a_real_server_says_its_version_and_lists_nothing(real_server: RealServer) -> None:
    address = real_server.config.address
    assert await server_version(address) == 41
    async with contextlib.aclosing(track_devices(address)) as lists:
        assert await anext(lists) == ()


async def test_a_real_server_refuses_an_unknown_transport(real_server: RealServer) -> None:
    with pytest.raises(ServiceRefused, match="no device with transport id '7'"):
        await open_service(Route(real_server.config.address, 7), "sync:")


async def test_the_end_of_a_real_server_is_the_end_of_the_list(real_server: RealServer) -> None:
    async with contextlib.aclosing(track_devices(real_server.config.address)) as lists:
        await anext(lists)
        await real_server.kill()
        with pytest.raises(ConnectionEnded):
            await anext(lists)


async def test_nobody_listens() -> None:
    with pytest.raises(Unreachable, match="nothing listens"):
        await server_version(Address("127.0.0.1", free_port()))


async def test_an_older_server_is_asked_for_the_older_list(fake_server: FakeServer) -> None:
    fake_server.show("SER1 device usb:1-1 transport_id:3")
    async with contextlib.aclosing(track_devices(fake_server.config.address)) as lists:
        assert [3] == [entry.transport_id for entry in await anext(lists)]
        fake_server.show("SER1 offline transport_id:3")
        assert [AdbState.OFFLINE] == [entry.state for entry in await anext(lists)]
    assert fake_server.asked[:1] == ["host:track-devices-proto-text"]


async def test_a_hung_phone_is_silent(fake_server: FakeServer) -> None:
    fake_server.phones[1] = FakePhone(is_hung=True)
    with pytest.raises(Silent):
        await open_service(Route(fake_server.config.address, 1), "sync:")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", NotAdb),
        (b"OKAYzzzz", NotAdb),
        (b"OKAY0004zzzz", NotAdb),
        (b"FAIL0003n\x1bo", ServiceRefused),
        (b"OKAY00", ConnectionEnded),
        (b"", ConnectionEnded),
    ],
)
async def test_what_answers_may_not_be_adb(answer: bytes, error: type[Exception]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(16)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
        with pytest.raises(error) as caught:
            await server_version(address)
    assert "\x1b" not in str(caught.value)


async def test_silence_has_a_limit() -> None:
    done = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
        async with await SmartSocket.connect(address) as client:
            with pytest.raises(Silent):
                await client.ask("host:version", limit_s=0.05)
        done.set()
