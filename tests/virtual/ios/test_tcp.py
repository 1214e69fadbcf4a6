"""TCP inside the tunnel, segment by segment; XPC and HTTP/2 on top of it."""

import asyncio
import struct
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.remote.xpc_message import XpcWrapper, decode_xpc_object

from labtui.virtual.ios.tcp import TcpConnection
from labtui.virtual.ios.tcp_wire import (
    ACK,
    FIN,
    MSS,
    PUSH,
    RST,
    SYN,
    Segment,
    decode_segment,
    encode_segment,
    payload_bytes,
)
from labtui.virtual.ios.xpc import ALWAYS_SET, DATA_PRESENT, encode_message
from tests.virtual.rig import until

ONE, OTHER = b"\xfd" + bytes(14) + b"\x01", b"\xfd" + bytes(14) + b"\x02"
HOST_SEQ = 2**32 - 3
"""Sequence numbers wrap around soon."""


class Host:
    """The other end, that says what it is told to."""

    def __init__(self) -> None:
        self.heard: list[Segment] = []
        self.reader = asyncio.StreamReader()
        opening = Segment(5000, 7, HOST_SEQ, 0, SYN, 0xFFFF)
        self.phone = TcpConnection(opening, self.heard.append)
        protocol = asyncio.StreamReaderProtocol(self.reader)
        self.phone.open(protocol)
        self.writer = asyncio.StreamWriter(
            self.phone, protocol, self.reader, asyncio.get_running_loop()
        )

    def say(self, data: bytes = b"", at: int = 0, ack: int = 1, flags: int = 0) -> None:
        seq = (HOST_SEQ + 1 + at) % 2**32
        self.phone.receive(Segment(5000, 7, seq, ack, flags | ACK, 0xFFFF, data))

    @property
    def data(self) -> bytes:
        return b"".join(segment.data for segment in self.heard)


async def test_a_connection_is_opened_and_acknowledges() -> None:
    host = Host()
    assert (SYN | ACK, 0, HOST_SEQ + 1) == (
        host.heard[0].flags,
        host.heard[0].seq,
        host.heard[0].ack,
    )
    host.say(b"hello")
    assert (HOST_SEQ + 6) % 2**32 == host.heard[-1].ack
    assert b"hello" == await host.reader.read(100)
    host.phone.abort()


async def test_what_comes_twice_is_taken_once() -> None:
    host = Host()
    host.say(b"hello")
    host.say(b"hello")
    host.say(b"lo there", at=3)
    host.say(flags=FIN, at=11)
    assert b"hello there" == await host.reader.read()
    assert (HOST_SEQ + 13) % 2**32 == host.heard[-1].ack
    host.phone.abort()


async def test_what_comes_too_early_is_not_taken() -> None:
    host = Host()
    host.say(b"later", at=100)
    assert (HOST_SEQ + 1) % 2**32 == host.heard[-1].ack
    host.say(b"now", flags=FIN)
    assert b"now" == await host.reader.read()
    host.phone.abort()


async def test_a_lost_answer_to_the_opening_is_sent_again() -> None:
    host = Host()
    host.phone.receive(Segment(5000, 7, HOST_SEQ, 0, SYN, 0xFFFF))
    assert [SYN | ACK] * 2 == [segment.flags for segment in host.heard]
    host.phone.abort()


async def test_no_more_is_on_its_way_than_fits() -> None:
    host = Host()
    host.writer.write(b"x" * 100_000)
    assert 8 * MSS == len(host.data)
    host.say(ack=1 + 8 * MSS)
    assert 16 * MSS == len(host.data)
    host.phone.receive(Segment(5000, 7, HOST_SEQ + 1, 1 + 16 * MSS, ACK, 0))
    assert 16 * MSS == len(host.data)
    host.phone.abort()


async def test_what_is_not_acknowledged_is_sent_again() -> None:
    host = Host()
    host.writer.write(b"important")
    await until(lambda: b"importantimportant" == host.data, "it is sent again")
    host.say(ack=10)
    host.writer.close()
    assert (FIN | ACK, 10) == (host.heard[-1].flags, host.heard[-1].seq)
    await host.writer.wait_closed()
    assert host.phone.is_over


async def test_the_end_waits_for_what_is_left() -> None:
    host = Host()
    host.writer.write(b"last words")
    host.writer.close()
    await host.writer.wait_closed()
    assert PUSH | ACK == host.heard[-1].flags
    assert not host.phone.is_over
    host.say(ack=11)
    assert FIN | ACK == host.heard[-1].flags
    assert host.phone.is_over


async def test_a_reset_ends_it() -> None:
    host = Host()
    host.writer.write(b"unheard")
    host.say(flags=RST)
    assert b"" == await host.reader.read()
    assert host.phone.is_over
    assert host.phone.is_closing()


async def test_an_abort_resets() -> None:
    host = Host()
    host.phone.abort()
    host.phone.abort()
    assert [SYN | ACK, RST | ACK] == [segment.flags for segment in host.heard]


segments = st.builds(
    Segment,
    source=st.integers(0, 65535),
    target=st.integers(0, 65535),
    seq=st.integers(0, 2**32 - 1),
    ack=st.integers(0, 2**32 - 1),
    flags=st.sampled_from([ACK, FIN | ACK, RST, PUSH | ACK]),
    window=st.integers(0, 65535),
    data=st.binary(max_size=50),
)


@given(segments)
def test_segments_come_back_as_they_were(segment: Segment) -> None:
    packet = encode_segment(segment, ONE, OTHER)
    assert segment == decode_segment(packet)
    assert len(packet) == 40 + payload_bytes(packet[:40])
    assert 0 == checksum_of(packet)


def checksum_of(packet: bytes) -> int:
    """Return 0 when the checksum is right (RFC 9293 3.1, RFC 8200 8.1)."""
    body = packet[40:]
    data = packet[8:40] + struct.pack(">II", len(body), 6) + body + bytes(len(body) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


@given(st.binary(min_size=40, max_size=120))
def test_any_packet_is_a_segment_or_none(packet: bytes) -> None:
    for kind in (6, 17):
        decoded = decode_segment(packet[:6] + bytes([kind]) + packet[7:])
        assert decoded is None or kind == 6


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        (b"", 0),
        (b"\x02\x04\x05\xb4\x01\x03\x03\x07", 7),
        (b"\x03\x03\xff\x00", 14),
        (b"\x00\x03\x03\x07", 0),
        (b"\x08\x00\x03\x03\x05\x00\x00\x00", 5),
        (b"\x01\x01\x01\x03", 0),
    ],
)
def test_windows_are_scaled_as_offered(options: bytes, scale: int) -> None:
    head = struct.pack(">HHIIBBHHH", 1, 2, 0, 0, (20 + len(options)) << 2, SYN, 0, 0, 0)
    packet = struct.pack(">IHBB16s16s", 6 << 28, 20 + len(options), 6, 64, ONE, OTHER)
    decoded = decode_segment(packet + head + options)
    assert decoded
    assert scale == decoded.window_scale


def test_xpc_is_what_another_implementation_makes_of_it() -> None:
    record: dict[str, object] = {
        "text": "iPhone",
        "": "",
        "number": 2**63,
        "yes": True,
        "uuid": uuid.uuid5(uuid.NAMESPACE_OID, "x"),
        "list": ["a", {"b": False}, []],
    }
    message = encode_message(ALWAYS_SET | DATA_PRESENT, record)
    payload = XpcWrapper.parse(message).payload
    assert payload
    assert record == decode_xpc_object(payload)


def test_other_values_have_no_xpc() -> None:
    with pytest.raises(TypeError):
        encode_message(ALWAYS_SET, {"x": 1.5})
