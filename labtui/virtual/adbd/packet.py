"""adb's transport packets: a 24-byte little-endian header and a payload. No IO here."""

import struct
from dataclasses import dataclass
from enum import IntEnum

MAX_PAYLOAD = 1 << 20
VERSION_WITH_CHECKSUM = 0x01000000
VERSION = 0x01000001
"""From this version on, on both ends, nobody looks at checksums."""

_HEADER = struct.Struct("<6I")
_INVERT = 0xFFFFFFFF


class Command(IntEnum):
    """What a packet asks for: four letters read as a little-endian number."""

    CNXN = 0x4E584E43
    AUTH = 0x48545541
    OPEN = 0x4E45504F
    OKAY = 0x59414B4F
    CLSE = 0x45534C43
    WRTE = 0x45545257


class BadPacket(ValueError):
    """Bytes that are no adb packet; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; the meaning of the arguments depends on the command."""

    command: int
    """A Command, or something a newer host invented."""
    arg0: int
    arg1: int
    payload: bytes | bytearray = b""


def encode_packet(packet: Packet, with_checksum: bool) -> bytes:
    """Return the packet's bytes; old hosts refuse a packet without its checksum."""
    check = sum(packet.payload) & _INVERT if with_checksum else 0
    magic = packet.command ^ _INVERT
    size = len(packet.payload)
    return b"".join((
        _HEADER.pack(packet.command, packet.arg0, packet.arg1, size, check, magic),
        packet.payload,
    ))  # fmt: skip


class PacketAssembler:
    """Puts packets together from bytes that are received straight into its buffer (no copies)."""

    def __init__(self) -> None:
        self._header: tuple[int, ...] | None = None
        self._bytes = bytearray(_HEADER.size)
        self._filled = 0

    def buffer(self) -> memoryview:
        """Return where the next received bytes belong; never empty."""
        return memoryview(self._bytes)[self._filled :]

    def advance(self, count: int) -> Packet | None:
        """Count received bytes; return the packet they completed. Raises BadPacket."""
        self._filled += count
        if self._filled < len(self._bytes):
            return None
        if self._header is not None:
            return self._complete(self._header, self._bytes)
        header = _checked_header(self._bytes)
        if size := header[3]:
            self._header, self._bytes, self._filled = header, bytearray(size), 0
            return None
        return self._complete(header, b"")

    def _complete(self, header: tuple[int, ...], payload: bytes | bytearray) -> Packet:
        self._header, self._bytes, self._filled = None, bytearray(_HEADER.size), 0
        return Packet(header[0], header[1], header[2], payload)


def _checked_header(data: bytearray) -> tuple[int, ...]:
    header = _HEADER.unpack(data)
    if header[5] != header[0] ^ _INVERT:
        raise BadPacket("the header's magic number does not belong to its command")
    if header[3] > MAX_PAYLOAD:
        raise BadPacket(f"a payload of {header[3]} bytes, more than {MAX_PAYLOAD}")
    return header
