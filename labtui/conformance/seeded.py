"""Seeded inputs, written down a second time from runners/PROTOCOL.md: a check shares no code."""

import struct
from collections.abc import Iterator, Sequence
from itertools import islice

_MASK = (1 << 64) - 1
_FORMATS = {
    "float16": "e", "float32": "f", "float64": "d", "bool": "?",
    "int8": "b", "int16": "h", "int32": "i", "int64": "q",
    "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q",
}  # fmt: skip
_WIDE = ("int32", "uint32", "int64", "uint64")

Number = float | int


def splitmix64(seed: int) -> Iterator[int]:
    """Yield the generator's values without end."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        yield z ^ (z >> 31)


def elements(dtype: str, values: Iterator[int], count: int) -> list[Number]:
    """Return the next `count` elements of an input."""
    return [_element(dtype, u) for u in islice(values, count)]


def _element(dtype: str, u: int) -> Number:
    if dtype.startswith("float"):
        (rounded,) = unpacked(dtype, packed(dtype, [(u >> 40) * 2.0**-23 - 1.0]))
        return rounded
    if dtype == "bool":
        return u >> 63
    if dtype in _WIDE:
        return (u >> 40) % 100
    bits = int(dtype.lstrip("uint"))
    top = u >> (64 - bits)
    is_negative = dtype.startswith("int") and top >> (bits - 1)
    return top - (1 << bits) if is_negative else top


def packed(dtype: str, values: Sequence[Number]) -> bytes:
    """Return a tensor's bytes: little-endian, floats rounded to the nearest, ties to even."""
    return struct.pack(f"<{len(values)}{_FORMATS[dtype]}", *values)


def unpacked(dtype: str, data: bytes) -> tuple[Number, ...]:
    """Return the elements of a tensor. Raises ValueError for a piece of one."""
    width = struct.calcsize(_FORMATS[dtype])
    if len(data) % width:
        raise ValueError(f"{len(data)} bytes are no {dtype} tensor")
    return struct.unpack(f"<{len(data) // width}{_FORMATS[dtype]}", data)
