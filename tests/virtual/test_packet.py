import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.virtual.adbd.packet import (
    MAX_PAYLOAD,
    BadPacket,
    Command,
    Packet,
    PacketAssembler,
    encode_packet,
)

PACKETS = st.builds(
    Packet,
    st.sampled_from(Command),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=300),
)


def received(data: bytes, cuts: list[int]) -> list[Packet]:
    """Feed bytes in pieces of the given lengths, as a socket would."""
    assembler, packets, lengths = PacketAssembler(), [], iter(cuts)
    while data:
        target = assembler.buffer()
        count = min(len(target), len(data), next(lengths, len(data)))
        target[:count] = data[:count]
        data = data[count:]
        if packet := assembler.advance(count):
            packets.append(packet)
    return packets


@given(st.lists(PACKETS, max_size=5), st.lists(st.integers(1, 40)), st.booleans())
def test_packets_survive_any_cut(packets: list[Packet], cuts: list[int], check: bool) -> None:
    data = b"".join(encode_packet(packet, check) for packet in packets)
    assert packets == received(data, cuts)


def test_known_bytes_of_a_greeting() -> None:
    expected = (
        b"CNXN" + bytes.fromhex("00000001 00100000 07000000 32020000") + b"\xbc\xb1\xa7\xb1host::\0"
    )
    assert expected == encode_packet(Packet(Command.CNXN, 0x01000000, 4096, b"host::\0"), True)


def test_checksum_is_left_out_for_new_hosts() -> None:
    header = encode_packet(Packet(Command.WRTE, 1, 2, b"abc"), with_checksum=False)[:24]
    assert 0 == struct.unpack("<6I", header)[4]


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        (struct.pack("<6I", Command.CNXN, 0, 0, 0, 0, 1), "magic"),
        (
            struct.pack("<6I", Command.WRTE, 0, 0, MAX_PAYLOAD + 1, 0, Command.WRTE ^ 0xFFFFFFFF),
            "payload",
        ),
    ],
)
def test_bad_headers_are_refused(header: bytes, complaint: str) -> None:
    with pytest.raises(BadPacket, match=complaint):
        received(header, [])
