"""The usbmux client against a virtual usbmuxd, and against daemons that misbehave."""

import asyncio
import plistlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from labtui.adapters.ios import lockdown
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.plists import frame_mux
from labtui.adapters.ios.usbmux import (
    Ended,
    MuxAddress,
    MuxStream,
    NotUsbmuxd,
    Refused,
    Silent,
    Unreachable,
    connect,
    list_entries,
    track_entries,
)
from labtui.errors import BenchUnavailable, UsageError
from labtui.virtual.ios.bench import VirtualIphones

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NOBODY = 1


@asynccontextmanager
async def daemon(serve: Serve) -> AsyncIterator[MuxAddress]:
    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0)
    async with server:
        yield MuxAddress(path="", host="127.0.0.1", port=server.sockets[0].getsockname()[1])


async def test_phones_are_listed_over_either_kind_of_socket() -> None:
    async with VirtualIphones(["iphone-8", "iphone-16"]) as bench:
        for text in (bench.address, f"UNIX:{bench.socket_path}", str(bench.socket_path)):
            entries = await list_entries(MuxAddress.parse(text))
            assert bench.udids == tuple(entry.udid for entry in entries)


async def test_a_phone_that_is_replugged_comes_under_another_number() -> None:
    async with VirtualIphones(["iphone-16"]) as bench:
        phone = bench.phones[0]
        async with aclosing(track_entries(MuxAddress.parse(bench.address))) as lists:
            (first,) = await anext(lists)
            phone.detach()
            assert () == await anext(lists)
            phone.attach()
            (second,) = await anext(lists)
        assert (first.udid, False) == (second.udid, first.device_id == second.device_id)


async def test_a_port_is_reached_by_its_number() -> None:
    async with VirtualIphones(["iphone-16"]) as bench:
        address = MuxAddress.parse(bench.address)
        (entry,) = await list_entries(address)
        await lockdown.probe(address, entry.device_id)
        values = await lockdown.public_values(address, entry.device_id)
        assert ("iPhone17,3", bench.udids[0]) == (values["ProductType"], values["UniqueDeviceID"])
        with pytest.raises(Refused, match="result 3"):
            await connect(address, entry.device_id, NOBODY)
        with pytest.raises(Refused, match="result 2"):
            await connect(address, 999, lockdown.LOCKDOWN_PORT)


async def test_a_phone_that_hangs_is_silent() -> None:
    async with VirtualIphones(["iphone-16"]) as bench:
        address = MuxAddress.parse(bench.address)
        (entry,) = await list_entries(address)
        bench.phones[0].hang()
        with pytest.raises(Silent):
            await connect(address, entry.device_id, lockdown.LOCKDOWN_PORT, limit_s=0.1)
        bench.phones[0].resume()


async def test_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no usbmuxd listens on"):
        await list_entries(MuxAddress(path=str(tmp_path / "none")))


async def test_a_daemon_that_says_nothing_is_given_up() -> None:
    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with daemon(say_nothing) as address, await MuxStream.open(address) as stream:
        with pytest.raises(Silent, match=r"no answer for 0\.1 s"):
            await stream.ask("ListDevices", limit_s=0.1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff" * 64,
        b"\x14\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00<<<<",
    ],
)
async def test_garbage_is_not_usbmuxd(answer: bytes) -> None:
    async def say_garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with daemon(say_garbage) as address:
        with pytest.raises(NotUsbmuxd):
            await list_entries(address)


async def test_a_daemon_that_hangs_up_has_ended() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x20\x00")

    async with daemon(hang_up) as address:
        with pytest.raises(Ended):
            await list_entries(address)


async def test_messages_that_make_no_sense_change_nothing() -> None:
    """Whatever comes between two lists: only entries that name a phone count."""
    nonsense: list[dict[str, object]] = [
        {"MessageType": "Attached"},
        {"MessageType": "Attached", "DeviceID": [1], "Properties": {"SerialNumber": "ab"}},
        {"MessageType": "Detached", "DeviceID": {"a": 1}},
        {"MessageType": "Paired", "DeviceID": 1},
        {"Number": 5},
        {"MessageType": "Attached", "DeviceID": 1, "Properties": {"SerialNumber": "ab"}},
    ]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(4096)
        if b"ListDevices" in request:
            writer.write(frame_mux({"DeviceList": [3, {"DeviceID": 2}]}, 1))
            return
        writer.write(frame_mux({"MessageType": "Result", "Number": 0}, 1))
        for message in nonsense:
            writer.write(frame_mux(message, 0))
        await reader.read()

    async with daemon(serve) as address, aclosing(track_entries(address)) as lists:
        assert () == await anext(lists)
        (entry,) = await anext(lists)
        assert "ab" == entry.udid


async def test_a_result_without_a_number_is_a_refusal() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame_mux({"MessageType": "Result", "Number": "zero"}, 1))

    async with daemon(serve) as address:
        with pytest.raises(Refused, match="result -1"):
            await list_entries(address)


async def test_the_request_is_what_usbmuxd_expects() -> None:
    seen: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.read(4096)
        seen.put_nowait(plistlib.loads(data[16:]))
        writer.write(frame_mux({"MessageType": "Result", "Number": 0}, 1))

    async with daemon(serve) as address:
        await (await connect(address, 9, 27150)).close()
    request = await seen.get()
    assert ("Connect", 9, 0x0E6A) == (
        request["MessageType"],
        request["DeviceID"],
        request["PortNumber"],
    )


@pytest.mark.parametrize(
    ("text", "expected", "is_local"),
    [
        ("", "/var/run/usbmuxd", True),
        ("UNIX:/run/mux", "/run/mux", True),
        ("/run/mux", "/run/mux", True),
        ("127.0.0.1:27015", "127.0.0.1:27015", True),
        ("localhost:27015", "localhost:27015", True),
        ("10.0.0.5:27015", "10.0.0.5:27015", False),
        ("lab.example:27015", "lab.example:27015", False),
    ],
)
def test_addresses_are_read_in_every_form(text: str, expected: str, *, is_local: bool) -> None:
    address = MuxAddress.parse(text)
    assert (expected, is_local) == (str(address), address.is_local)


@pytest.mark.parametrize("text", ["here", "host:", ":1", "host:0", "host:70000", "UNIX:relative"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="USBMUXD_SOCKET_ADDRESS is"):
        MuxAddress.parse(text)


def test_a_daemon_on_the_network_must_be_allowed(tmp_path: Path) -> None:
    address = MuxAddress.parse("10.0.0.5:27015")
    with pytest.raises(BenchUnavailable, match="may_leave_host = true"):
        IosConfig(tmp_path, address).check()
    IosConfig(tmp_path, address, may_leave_host=True).check()
