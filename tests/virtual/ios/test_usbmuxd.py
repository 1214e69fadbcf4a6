"""usbmuxd, byte by byte."""

import asyncio
import plistlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from labtui.virtual.ios.wire import MAX_PLIST_BYTES
from tests.virtual.ios.rig import IPHONE_8, PRO_13, Iphones
from tests.virtual.rig import LIMIT_S

OK, BAD_COMMAND, BAD_DEVICE, REFUSED = 0, 1, 2, 3


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tag: int = 0

    async def ask(self, **record: Any) -> dict[str, Any]:
        self.tag += 1
        self.send(plistlib.dumps(record), tag=self.tag)
        tag, answer = await self.receive()
        assert self.tag == tag
        return answer

    def send(self, body: bytes, version: int = 1, message: int = 8, tag: int = 0) -> None:
        self.writer.write(struct.pack("<IIII", 16 + len(body), version, message, tag) + body)

    async def receive(self) -> tuple[int, dict[str, Any]]:
        async with asyncio.timeout(LIMIT_S):
            length, _, _, tag = struct.unpack("<IIII", await self.reader.readexactly(16))
            return tag, plistlib.loads(await self.reader.readexactly(length - 16))

    async def has_ended(self) -> bool:
        async with asyncio.timeout(LIMIT_S):
            try:
                return not await self.reader.read(1)
            except ConnectionError:
                return True


@asynccontextmanager
async def client_of(iphones: Iphones) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_unix_connection(iphones.bench.socket_path)
    yield Client(reader, writer)
    writer.transport.abort()


async def test_it_listens_on_loopback_only(iphones: Iphones) -> None:
    servers = iphones.bench.usbmuxd._servers
    addresses = [sock.getsockname() for server in servers for sock in server.sockets]
    assert [(("127.0.0.1", iphones.bench.usbmuxd.port)), str(iphones.bench.socket_path)] == (
        addresses
    )
    assert 0o700 == iphones.bench.socket_path.parent.stat().st_mode & 0o777


@pytest.mark.parametrize("profiles", [[PRO_13, IPHONE_8]])
async def test_a_listener_hears_of_those_there_and_of_every_change(iphones: Iphones) -> None:
    first, second = iphones.bench.phones
    async with client_of(iphones) as client:
        assert OK == (await client.ask(MessageType="Listen"))["Number"]
        events = [await client.receive() for _ in range(2)]
        assert [first.udid, second.udid] == [e["Properties"]["SerialNumber"] for _, e in events]
        first.detach()
        tag, event = await client.receive()
        assert (0, "Detached", events[0][1]["DeviceID"]) == (
            tag,
            event["MessageType"],
            event["DeviceID"],
        )
        first.attach()
        _, event = await client.receive()
        assert events[1][1]["DeviceID"] < event["DeviceID"]


async def test_a_pair_record_is_kept_until_it_is_deleted(iphones: Iphones) -> None:
    async with client_of(iphones) as client, client_of(iphones) as listener:
        await listener.ask(MessageType="Listen")
        await listener.receive()
        name = {"PairRecordID": iphones.udid}
        assert BAD_DEVICE == (await client.ask(MessageType="ReadPairRecord", **name))["Number"]
        saved = await client.ask(
            MessageType="SavePairRecord", PairRecordData=b"secret", DeviceID=1, **name
        )
        assert OK == saved["Number"]
        assert "Paired" == (await listener.receive())[1]["MessageType"]
        read = await client.ask(MessageType="ReadPairRecord", **name)
        assert b"secret" == read["PairRecordData"]
        assert OK == (await client.ask(MessageType="DeletePairRecord", **name))["Number"]
        assert BAD_DEVICE == (await client.ask(MessageType="ReadPairRecord", **name))["Number"]


async def test_a_connection_needs_a_phone_and_a_listener(iphones: Iphones) -> None:
    async with client_of(iphones) as client:
        (listed,) = (await client.ask(MessageType="ListDevices"))["DeviceList"]
        device_id = listed["DeviceID"]
        for wanted, port, expected in (
            (999, 62078, BAD_DEVICE),
            (device_id, 1234, REFUSED),
            (device_id, 62078, OK),
        ):
            answer = await client.ask(
                MessageType="Connect", DeviceID=wanted, PortNumber=socket.htons(port)
            )
            assert expected == answer["Number"]


async def test_the_port_of_a_service_takes_one_client(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        attributes = await lockdown.get_service_connection_attributes("com.apple.afc")
    numbers = []
    async with client_of(iphones) as one, client_of(iphones) as other:
        for client in (one, other):
            answer = await client.ask(
                MessageType="Connect", DeviceID=1, PortNumber=socket.htons(attributes["Port"])
            )
            numbers.append(answer["Number"])
    assert [OK, REFUSED] == numbers


@pytest.mark.parametrize("kind", ["Nonsense", "", 7])
async def test_an_unknown_message_is_a_bad_command(iphones: Iphones, kind: Any) -> None:
    async with client_of(iphones) as client:
        assert BAD_COMMAND == (await client.ask(MessageType=kind))["Number"]
        assert "BUID" in await client.ask(MessageType="ReadBUID")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("<IIII", 16, 0, 3, 1),
        struct.pack("<IIII", MAX_PLIST_BYTES + 1, 1, 8, 1),
        struct.pack("<IIII", 15, 1, 8, 1),
        struct.pack("<IIII", 20, 1, 8, 1) + b"junk",
    ],
    ids=["http", "binary protocol", "too long", "too short", "no plist"],
)
async def test_what_is_no_message_ends_the_connection(iphones: Iphones, data: bytes) -> None:
    async with client_of(iphones) as client:
        client.writer.write(data)
        assert await client.has_ended()


@pytest.mark.parametrize(
    "data", [b"\xff\xff\xff\xff", b"\0\0\0\x04junk", b"\x16\x03\x01\x02\0\x01"]
)
async def test_what_is_no_request_ends_lockdown(iphones: Iphones, data: bytes) -> None:
    async with client_of(iphones) as client:
        await client.ask(MessageType="Connect", DeviceID=1, PortNumber=socket.htons(62078))
        client.writer.write(data)
        assert await client.has_ended()


async def lockdown_answer(client: Client, **request: Any) -> dict[str, Any]:
    body = plistlib.dumps(request)
    client.writer.write(struct.pack(">I", len(body)) + body)
    async with asyncio.timeout(LIMIT_S):
        (length,) = struct.unpack(">I", await client.reader.readexactly(4))
        answer: dict[str, Any] = plistlib.loads(await client.reader.readexactly(length))
        return answer


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"Request": "FlyToTheMoon"}, "InvalidRequest"),
        ({}, "InvalidRequest"),
        ({"Request": "Pair"}, "InvalidPairRecord"),
        ({"Request": "Pair", "PairRecord": "x"}, "InvalidPairRecord"),
        (
            {"Request": "Pair", "PairRecord": {"HostID": "x", "DeviceCertificate": 1 << 60}},
            "InvalidPairRecord",
        ),
        (
            {
                "Request": "Pair",
                "PairRecord": {
                    "HostID": "x",
                    "DeviceCertificate": b"x",
                    "HostCertificate": b"\xff",
                    "RootCertificate": b"",
                },
            },
            "InvalidPairRecord",
        ),
        ({"Request": "ValidatePair", "PairRecord": {"HostID": "x"}}, "InvalidHostID"),
        ({"Request": "Unpair"}, "InvalidHostID"),
        ({"Request": "StartSession", "HostID": ["x"]}, "InvalidHostID"),
        ({"Request": "StartService", "Service": "com.apple.afc"}, "SessionInactive"),
        ({"Request": "StopSession"}, "SessionInactive"),
    ],
)
async def test_lockdown_refuses_what_makes_no_sense(
    iphones: Iphones, request_: dict[str, Any], error: str
) -> None:
    async with client_of(iphones) as client:
        await client.ask(MessageType="Connect", DeviceID=1, PortNumber=socket.htons(62078))
        assert error == (await lockdown_answer(client, **request_))["Error"]


async def test_lockdown_says_goodbye(iphones: Iphones) -> None:
    async with client_of(iphones) as client:
        await client.ask(MessageType="Connect", DeviceID=1, PortNumber=socket.htons(62078))
        assert {"Request": "Goodbye"} == await lockdown_answer(client, Request="Goodbye")
        assert await client.has_ended()


async def test_a_bench_that_ends_leaves_nothing_behind(iphones: Iphones) -> None:
    folder = iphones.bench.socket_path.parent
    async with client_of(iphones) as client:
        await client.ask(MessageType="Connect", DeviceID=1, PortNumber=socket.htons(62078))
        iphones.phone.hang()
        await iphones.bench._close()
        assert await client.has_ended()
    assert not folder.exists()
