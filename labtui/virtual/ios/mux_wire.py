"""usbmuxd's own messages: a little-endian header and a property list."""

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum

from labtui.virtual.ios.wire import MAX_PLIST_BYTES, Record, WireError, decode_plist, encode_plist

_HEADER = struct.Struct("<IIII")
_PLIST_VERSION = 1
_PLIST_MESSAGE = 8


class MuxResult(IntEnum):
    """What a `Result` message says."""

    OK = 0
    BAD_COMMAND = 1
    BAD_DEVICE = 2
    CONNECTION_REFUSED = 3


@dataclass(frozen=True, slots=True)
class MuxRequest:
    """One message of a client; the answer carries the same tag."""

    tag: int
    record: Record


async def read_request(reader: asyncio.StreamReader) -> MuxRequest:
    """Return the next message. Raises EOFError at the end, WireError for the binary protocol."""
    length, version, message, tag = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    if (version, message) != (_PLIST_VERSION, _PLIST_MESSAGE):
        raise WireError(f"usbmux version {version}, message {message}")
    if not _HEADER.size <= length <= MAX_PLIST_BYTES:
        raise WireError(f"a usbmux message of {length} bytes")
    return MuxRequest(tag, decode_plist(await reader.readexactly(length - _HEADER.size)))


def encode_message(record: Record, tag: int = 0) -> bytes:
    """Return a message; tag 0 is what nobody asked for."""
    body = encode_plist(record)
    return _HEADER.pack(_HEADER.size + len(body), _PLIST_VERSION, _PLIST_MESSAGE, tag) + body


def result(number: int) -> Record:
    """Return the record of a `Result` message."""
    return {"MessageType": "Result", "Number": int(number)}


def port_of(record: Record) -> int:
    """Return the port of a `Connect`, which travels in network byte order."""
    swapped = record.get("PortNumber")
    if not isinstance(swapped, int) or not 0 <= swapped <= 0xFFFF:
        raise WireError("no port number")
    return (swapped & 0xFF) << 8 | swapped >> 8
