"""TCP segments in IPv6 packets, as they travel through the tunnel."""

import struct
from dataclasses import dataclass

IPV6_HEADER = struct.Struct(">IHBB16s16s")
"""Version and class, bytes behind it, kind of what follows, hops, source, destination."""
_TCP_HEADER = struct.Struct(">HHIIBBHHH")
_TCP = 6
_IPV6 = 6 << 28
_HOPS = 64
_END, _NO_OPERATION, _WINDOW_SCALE = 0, 1, 3
_MAX_SCALE = 14
MSS = 1340
"""Longest content of a segment: what passes everywhere."""
_OWN_SCALE = 6
"""Not 0: some hosts take that for none, and cannot tell their own large windows then."""
_SYN_OPTIONS = struct.pack(">BBHBBBB", 2, 4, MSS, _NO_OPERATION, _WINDOW_SCALE, 3, _OWN_SCALE)
FIN, SYN, RST, PUSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


@dataclass(frozen=True, slots=True)
class Segment:
    """A TCP segment from one port to another."""

    source: int
    target: int
    seq: int
    ack: int
    flags: int
    window: int
    data: bytes = b""
    window_scale: int = 0
    """Offered with SYN: later windows are shifted left by as much."""


def payload_bytes(header: bytes) -> int:
    """Return how many bytes follow an IPv6 header."""
    length: int = IPV6_HEADER.unpack(header)[1]
    return length


def decode_segment(packet: bytes) -> Segment | None:
    """Return the segment in an IPv6 packet; None for anything else."""
    _, _, kind, _, _, _ = IPV6_HEADER.unpack_from(packet)
    body = packet[IPV6_HEADER.size :]
    if kind != _TCP or len(body) < _TCP_HEADER.size:
        return None
    source, target, seq, ack, offset, flags, window, _, _ = _TCP_HEADER.unpack_from(body)
    start = (offset >> 4) * 4
    scale = _window_scale(body[_TCP_HEADER.size : start])
    return Segment(source, target, seq, ack, flags, window, body[start:], scale)


def encode_segment(segment: Segment, source: bytes, target: bytes) -> bytes:
    """Return the IPv6 packet with a segment, between 16-byte addresses."""
    options = _SYN_OPTIONS if segment.flags & SYN else b""
    words = (_TCP_HEADER.size + len(options)) // 4
    head = (segment.source, segment.target, segment.seq, segment.ack, words << 4, segment.flags)
    plain = _TCP_HEADER.pack(*head, segment.window, 0, 0) + options + segment.data
    pseudo = source + target + struct.pack(">II", len(plain), _TCP)
    total = _checksum(pseudo + plain)
    body = plain[:16] + struct.pack(">H", total) + plain[18:]
    return IPV6_HEADER.pack(_IPV6, len(body), _TCP, _HOPS, source, target) + body


def _window_scale(options: bytes) -> int:
    at = 0
    while at < len(options) and options[at] != _END:
        if options[at] == _NO_OPERATION:
            at += 1
            continue
        if options[at] == _WINDOW_SCALE and at + 2 < len(options):
            return min(options[at + 2], _MAX_SCALE)
        at += max(2, options[at + 1] if at + 1 < len(options) else 2)
    return 0


def _checksum(data: bytes) -> int:
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
