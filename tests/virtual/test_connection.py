"""A phone's port spoken to packet by packet: what no well-behaved client would send."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

import pytest

from labtui.virtual.adbd.packet import (
    VERSION,
    VERSION_WITH_CHECKSUM,
    Command,
    Packet,
    encode_packet,
)
from labtui.virtual.bench import VirtualBench
from labtui.virtual.phone import VirtualPhone
from tests.virtual.rig import LIMIT_S, TMP

HEADER = struct.Struct("<6I")
STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")


class RawHost:
    """The host's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.checks: list[bool] = []
        """Whether each received packet had the right checksum."""

    def send(self, command: Command, arg0: int, arg1: int, payload: bytes = b"") -> None:
        self.writer.write(encode_packet(Packet(command, arg0, arg1, payload), True))

    async def receive(self) -> Packet:
        async with asyncio.timeout(LIMIT_S):
            command, arg0, arg1, size, check, _ = HEADER.unpack(await self.reader.readexactly(24))
            payload = await self.reader.readexactly(size)
        self.checks.append(check == sum(payload))
        return Packet(Command(command), arg0, arg1, payload)

    async def greet(self, version: int = VERSION, max_payload: int = 1 << 20) -> Packet:
        self.send(Command.CNXN, version, max_payload, b"host::\0")
        return await self.receive()

    async def open(self, service: str) -> int:
        """Open a service as stream 5; return the phone's number of it."""
        self.send(Command.OPEN, 5, 0, service.encode() + b"\0")
        answer = await self.receive()
        assert (Command.OKAY, 5) == (answer.command, answer.arg1)
        return answer.arg0

    async def everything(self, stream: int) -> list[bytes]:
        """Acknowledge and collect what a stream says until it is closed."""
        said = []
        while (packet := await self.receive()).command is not Command.CLSE:
            if packet.command is Command.WRTE:
                said.append(bytes(packet.payload))
                self.send(Command.OKAY, 5, stream)
        return said


@pytest.fixture
async def phone(bench: VirtualBench) -> VirtualPhone:
    return bench.phones[0]


@pytest.fixture
async def host(phone: VirtualPhone) -> AsyncIterator[RawHost]:
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    yield RawHost(reader, writer)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_the_greeting_names_the_phone(host: RawHost) -> None:
    answer = await host.greet()
    assert (Command.CNXN, VERSION) == (answer.command, answer.arg0)
    assert (
        b"device::ro.product.name=cheetah;ro.product.model=Pixel 7 Pro;ro.product.device=cheetah;"
        b"features=shell_v2,cmd,stat_v2,ls_v2,fixed_push_mkdir,sendrecv_v2"
    ) == answer.payload


async def test_an_unknown_service_is_closed(host: RawHost) -> None:
    await host.greet()
    host.send(Command.OPEN, 5, 0, b"jdwp:1\0")
    assert Packet(Command.CLSE, 0, 5) == await host.receive()


async def test_nothing_is_opened_before_the_greeting(host: RawHost) -> None:
    host.send(Command.OPEN, 5, 0, b"shell:echo hi\0")
    assert Command.CNXN is (await host.greet()).command


@pytest.mark.parametrize(("version", "checked"), [(VERSION_WITH_CHECKSUM, True), (VERSION, False)])
async def test_only_old_hosts_get_checksums(host: RawHost, version: int, checked: bool) -> None:
    await host.greet(version)
    await host.everything(await host.open("shell:echo hi"))
    assert checked == all(host.checks)


async def test_packets_are_no_larger_than_the_host_takes(host: RawHost) -> None:
    await host.greet(max_payload=100)
    said = await host.everything(await host.open("shell:getprop"))
    assert 100 == max(map(len, said))
    assert len(said) > 5
    assert b"[ro.labtui.virtual]: [1]" in b"".join(said)


async def test_a_host_that_acknowledges_nothing_gets_one_packet(host: RawHost) -> None:
    await host.greet(max_payload=10)
    await host.open("shell:echo 0123456789abcdef")
    assert b"0123456789" == (await host.receive()).payload
    host.send(Command.OPEN, 6, 0, b"nothing:\0")
    assert Packet(Command.CLSE, 0, 6) == await host.receive()


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(24), b"\xff" * 100])
async def test_what_is_not_adb_is_cut_off(host: RawHost, data: bytes) -> None:
    host.writer.write(data)
    with contextlib.suppress(ConnectionResetError):
        assert b"" == await asyncio.wait_for(host.reader.read(), LIMIT_S)


async def test_packets_to_streams_that_are_not_there_change_nothing(host: RawHost) -> None:
    await host.greet()
    for command in (Command.WRTE, Command.OKAY, Command.CLSE, Command.AUTH):
        host.send(command, 77, 88, b"x")
    assert [b"hi\n"] == await host.everything(await host.open("shell:echo hi"))


async def test_sync_tells_sizes_beyond_4_gib(host: RawHost, phone: VirtualPhone) -> None:
    size = 5 << 30
    with phone.files.host_path(f"{TMP}/big").open("wb") as file:
        file.truncate(size)
    await host.greet()
    stream = await host.open("sync:")
    path = f"{TMP}/big".encode()
    host.send(
        Command.WRTE, 5, stream, b"STA2" + struct.pack("<I", len(path)) + path + b"QUIT\0\0\0\0"
    )
    (answer,) = await host.everything(stream)
    assert (b"STA2", 0, size) == (*STAT_V2.unpack(answer)[:2], STAT_V2.unpack(answer)[8])


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"EVIL\0\0\0\0",
        b"STAT\xff\xff\xff\xff",
        b"SEND" + struct.pack("<I", 2) + b"/x" + b"DATA\xff\xff\xff\x7f",
        b"SEND" + struct.pack("<I", 2) + b"/x" + b"WHAT\0\0\0\0",
    ],
)
async def test_sync_ends_on_nonsense(host: RawHost, request_bytes: bytes) -> None:
    await host.greet()
    stream = await host.open("sync:")
    host.send(Command.WRTE, 5, stream, request_bytes)
    assert [] == await host.everything(stream)


@pytest.mark.parametrize(
    ("request_bytes", "reason"),
    [
        (b"RECV" + struct.pack("<I", 5) + b"/nope", b"open failed: No such file or directory"),
        (b"RECV" + struct.pack("<I", 5) + b"/data", b"open failed: Is a directory"),
        (
            b"SND2" + struct.pack("<I", 2) + b"/x" + b"SND2" + struct.pack("<II", 0o644, 1),
            b"compressed transfer is not supported",
        ),
        (
            b"SEND" + struct.pack("<I", 23) + f"{TMP}/l,".encode() + b"40960"
            + b"DATA\4\0\0\0/etcDONE\0\0\0\0",
            b"symlink failed: Permission denied",
        ),
    ],
)  # fmt: skip
async def test_sync_says_why_not_and_goes_on(
    host: RawHost, request_bytes: bytes, reason: bytes
) -> None:
    await host.greet()
    stream = await host.open("sync:")
    host.send(Command.WRTE, 5, stream, request_bytes + b"QUIT\0\0\0\0")
    assert b"FAIL" + struct.pack("<I", len(reason)) + reason == b"".join(
        await host.everything(stream)
    )
