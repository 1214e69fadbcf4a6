"""Files of weights: version 2 of MIL's blob storage.

A header of 64 bytes (count, version), then for each value 64 bytes of metadata, which programs
point at: sentinel, element type, size in bytes and offset of the data, bits of padding at its end.
"""

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from labtui.core.text import clean
from labtui.mil.arrays import Array, held_dtype
from labtui.mil.errors import BadPackage
from labtui.mil.types import TensorType

_HEADER = struct.Struct("<II")
_METADATA = struct.Struct("<IIQQQ")
_SENTINEL = 0xDEADBEEF
_VERSION = 2
_TYPES = {
    1: "float16", 2: "float32", 3: "uint8", 4: "int8", 6: "int16", 7: "uint16", 8: "int4",
    9: "uint1", 10: "uint2", 11: "uint4", 12: "uint3", 13: "uint6", 14: "int32", 15: "uint32",
}  # fmt: skip
_CHUNK = 1 << 20
"""Numbers that are unpacked at once; they begin with a whole byte."""
_BITS = {"int4": 4, "uint1": 1, "uint2": 2, "uint3": 3, "uint4": 4, "uint6": 6}


class Blobs:
    """The weights of one package, mapped into memory when they are first asked for."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """Read the files by the names that the program gives them."""
        self._files = files
        self._maps: dict[str, mmap.mmap] = {}

    def read(self, name: str, offset: int, wanted: TensorType) -> Array:
        """Return the value whose metadata lies at `offset`. Raises BadPackage."""
        content = self._map(name)
        if offset + _METADATA.size > len(content):
            raise BadPackage("points beyond the end of its weights: copy or convert it again.")
        sentinel, number, size_bytes, start, _ = _METADATA.unpack_from(content, offset)
        if sentinel != _SENTINEL or start + size_bytes > len(content):
            raise BadPackage("has damaged or cut weights: copy or convert it again.")
        if _TYPES.get(number) != wanted.dtype or size_bytes != _stored_bytes(wanted):
            raise BadPackage("has weights that are not what its program says: convert it again.")
        return unpacked(memoryview(content)[start : start + size_bytes], wanted)

    def _map(self, name: str) -> mmap.mmap:
        if name not in self._maps:
            path = self._files.get(name)
            if path is None:
                raise BadPackage(f"lacks its weights {clean(name, 80)}: copy all of it again.")
            self._maps[name] = _mapped(path)
        return self._maps[name]


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise BadPackage(f"has weights that cannot be read: {error}.") from error
    version = _HEADER.unpack_from(content)[1] if len(content) >= _HEADER.size else 0
    if version != _VERSION:
        raise BadPackage("has weights in a format that is not known: convert it again.")
    return content


def _stored_bytes(wanted: TensorType) -> int:
    bits = _BITS.get(wanted.dtype, 8 * held_dtype(wanted.dtype).itemsize)
    bits = 16 if wanted.dtype == "float16" else bits
    return (wanted.count * bits + 7) // 8


def unpacked(data: memoryview | bytes, wanted: TensorType) -> Array:
    """Return stored bytes as an array; floats of the right width and bytes are not copied.

    Raises BadPackage when it is another number of bytes.
    """
    if len(data) != _stored_bytes(wanted):
        raise BadPackage("has a constant of the wrong size: it is damaged, convert it again.")
    bits = _BITS.get(wanted.dtype)
    if bits is not None:
        flat = unpacked_bits(np.frombuffer(data, np.uint8), bits, wanted.count)
        flat = (flat ^ 8).astype(np.int8) - np.int8(8) if wanted.dtype == "int4" else flat
    elif wanted.dtype == "float16":
        flat = np.frombuffer(data, np.float16).astype(np.float32)
    else:
        flat = np.frombuffer(data, held_dtype(wanted.dtype))
    return flat.reshape(wanted.shape)


def unpacked_bits(packed: Array, bits: int, count: int) -> Array:
    """Return `count` numbers of `bits` bits each, which follow one another from the lowest bit."""
    if 8 % bits == 0:
        shifts = np.arange(0, 8, bits, dtype=np.uint8)
        parts = (packed[:, None] >> shifts) & np.uint8((1 << bits) - 1)
        return parts.reshape(-1)[:count]
    numbers = np.empty(count, np.uint8)
    for first in range(0, count, _CHUNK):
        part = numbers[first : first + _CHUNK]
        ones = np.unpackbits(
            packed[first * bits // 8 :], count=part.size * bits, bitorder="little"
        ).reshape(part.size, bits)
        part[:] = np.packbits(ones, axis=1, bitorder="little")[:, 0]
    return numbers
