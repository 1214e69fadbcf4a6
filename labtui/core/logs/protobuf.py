"""Protocol buffers' wire format, as far as reading small messages needs it."""

import struct
from collections.abc import Iterator
from typing import TypeAlias

MAX_FIELDS = 100_000

Value: TypeAlias = int | bytes
"""An integer (varint), or the bytes of anything with a length or a fixed width."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}


class BadWire(ValueError):
    """The bytes are no message, or end within a field."""


def read_fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Yield field numbers with values, in order. Raises BadWire where the bytes stop making sense.

    What came before the bad place has been yielded by then and is whole.
    """
    offset = 0
    for _ in range(MAX_FIELDS):
        if offset == len(data):
            return
        key, offset = _varint(data, offset)
        value, offset = _value(data, offset, key & 7)
        if key >> 3 == 0:
            raise BadWire("field number 0")
        yield key >> 3, value
    raise BadWire(f"more than {MAX_FIELDS} fields")


def _value(data: bytes, offset: int, wire_type: int) -> tuple[Value, int]:
    if wire_type == _VARINT:
        return _varint(data, offset)
    if wire_type == _BYTES:
        length, offset = _varint(data, offset)
    elif wire_type in _WIDTH:
        length = _WIDTH[wire_type]
    else:
        raise BadWire(f"wire type {wire_type}")
    if length > len(data) - offset:
        raise BadWire("the bytes end within a field")
    return data[offset : offset + length], offset + length


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if offset >= len(data):
            raise BadWire("the bytes end within a number")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, offset
    raise BadWire("a number of more than 64 bits")


def as_float(value: Value) -> float | None:
    """Return a `float` or `double` field; None for a value of another type."""
    if isinstance(value, int) or len(value) not in (4, 8):
        return None
    return float(struct.unpack("<f" if len(value) == 4 else "<d", value)[0])


def as_int(value: Value) -> int | None:
    """Return an `int32` or `int64` field, with its sign; None for a value of another type."""
    if not isinstance(value, int):
        return None
    return value - (1 << 64) if value >= 1 << 63 else value
