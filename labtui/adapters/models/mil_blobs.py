"""Where the weights of a package lie: descriptions are read, the weights are not."""

import mmap
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.models.duplicates import Extent, duplicate_bytes
from labtui.core.text import clean
from labtui.errors import BadVariant

_DESCRIPTION = struct.Struct("<IIQQ")
"""Sentinel, element type, size and offset of the data."""
_DESCRIPTION_BYTES = 64
_HEADER_BYTES = 64
_ALIGNMENT_BYTES = 64
_SENTINEL = 0xDEADBEEF


@dataclass(frozen=True, slots=True)
class Waste:
    """Bytes of the weight files that no value needs."""

    duplicate_bytes: int
    unused_bytes: int


def waste(blobs: Iterable[tuple[str, int]], files: Mapping[str, Path]) -> Waste:
    """Return what is stored in vain. Raises BadVariant for weights that are missing or cut."""
    offsets: defaultdict[str, set[int]] = defaultdict(set)
    for name, offset in blobs:
        if name not in files:
            raise BadVariant(f"lacks its weights {clean(name, 80)}: copy all of it again.")
        offsets[name].add(offset)
    found = [_file_waste(path, offsets[name]) for name, path in files.items() if name in offsets]
    return Waste(sum(one.duplicate_bytes for one in found), sum(one.unused_bytes for one in found))


def _file_waste(path: Path, offsets: set[int]) -> Waste:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as all_:
            extents = [_extent(all_, offset) for offset in offsets]
            used = _HEADER_BYTES + sum(_aligned(one.size_bytes) for one in extents)
            unused = max(0, len(all_) - used - _DESCRIPTION_BYTES * len(extents))
            return Waste(duplicate_bytes(all_, extents), unused)
    except (struct.error, ValueError) as error:
        raise BadVariant("has damaged or cut weights: copy or convert it again.") from error


def _extent(content: mmap.mmap, offset: int) -> Extent:
    sentinel, _, size_bytes, start = _DESCRIPTION.unpack_from(content, offset)
    if sentinel != _SENTINEL or start + size_bytes > len(content):
        raise ValueError("a value beyond the end of the file")
    return Extent(start, size_bytes)


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
