import asyncio

import pytest

from labtui.virtual.adbd.packet import Command, Packet
from labtui.virtual.adbd.stream import AdbStream


class Wire:
    """Takes what a stream sends."""

    def __init__(self) -> None:
        self.sent: list[Packet] = []
        self.stream = AdbStream(self.sent.append, local_id=7, remote_id=3, max_payload=4)

    @property
    def commands(self) -> list[str]:
        return [Command(packet.command).name for packet in self.sent]


@pytest.fixture
async def wire() -> Wire:
    return Wire()


async def test_one_write_waits_for_its_okay_before_the_next(wire: Wire) -> None:
    task = asyncio.create_task(wire.stream.write(b"abcdefghij"))
    sizes = []
    for _ in range(3):
        await asyncio.sleep(0)
        sizes.append([len(packet.payload) for packet in wire.sent])
        wire.stream.on_okay(3)
        await asyncio.sleep(0)
    await task
    assert [[4], [4, 4], [4, 4, 2]] == sizes


async def test_a_reader_that_does_not_read_gets_no_more(wire: Wire) -> None:
    block = bytes(600_000)
    wire.stream.on_data(block)
    wire.stream.on_data(block)
    assert ["OKAY"] == wire.commands
    assert block == await wire.stream.read()
    assert ["OKAY", "OKAY"] == wire.commands


async def test_what_came_before_the_close_is_still_read(wire: Wire) -> None:
    wire.stream.on_data(b"last words")
    wire.stream.on_close()
    assert [b"last words", b""] == [await wire.stream.read(), await wire.stream.read()]
    assert ["OKAY", "CLSE"] == wire.commands


@pytest.mark.parametrize("end", [AdbStream.on_close, AdbStream.on_lost, AdbStream.close])
async def test_writing_to_a_closed_stream_breaks(wire: Wire, end: object) -> None:
    waiting = asyncio.create_task(wire.stream.write(b"abcdefgh"))
    await asyncio.sleep(0)
    assert callable(end)
    end(wire.stream)
    with pytest.raises(BrokenPipeError):
        await waiting
    with pytest.raises(BrokenPipeError):
        await wire.stream.write(b"x")


async def test_a_lost_connection_sends_nothing_and_ends_reads(wire: Wire) -> None:
    reading = asyncio.create_task(wire.stream.read())
    await asyncio.sleep(0)
    wire.stream.on_lost()
    assert b"" == await reading
    assert [] == wire.sent
