"""Property lists on the wire, as every service of an iPhone but AFC exchanges them."""

import plistlib
import struct
from typing import Any
from xml.parsers.expat import ExpatError

Record = dict[str, Any]

MAX_PLIST_BYTES = 1 << 20
_LENGTH = struct.Struct(">I")
# plistlib lets through whatever its two parsers stumble over.
_NOT_A_PLIST = (ValueError, ExpatError, RecursionError, TypeError, LookupError, AttributeError)


class WireError(Exception):
    """What a client sent breaks the protocol; the connection ends."""


def encode_plist(record: Record) -> bytes:
    """Return a record as a property list: XML, or binary for texts that XML cannot hold."""
    try:
        return plistlib.dumps(record)
    except ValueError:
        return plistlib.dumps(record, fmt=plistlib.FMT_BINARY)


def decode_plist(data: bytes) -> Record:
    """Return the record in an XML or binary property list. Raises WireError."""
    try:
        record = plistlib.loads(data)
    except _NOT_A_PLIST as error:
        raise WireError("not a property list") from error
    if not isinstance(record, dict):
        raise WireError("not a dictionary")
    return record


def frame_plist(record: Record) -> bytes:
    """Return a record as a property list behind its length."""
    body = encode_plist(record)
    return _LENGTH.pack(len(body)) + body


def plist_length(header: bytes) -> int:
    """Return how long the property list behind a 4-byte header is. Raises WireError."""
    length: int = _LENGTH.unpack(header)[0]
    if length > MAX_PLIST_BYTES:
        raise WireError(f"a property list of {length} bytes")
    return length


def text_of(record: Record, key: str) -> str:
    """Return a text field, empty when there is none."""
    value = record.get(key)
    return value if isinstance(value, str) else ""
