"""Finds constants that a file stores more than once, without reading all of them."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from mmap import mmap

_LEAST_BYTES = 1024
_SAMPLE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Extent:
    """Where bytes lie in a file."""

    start: int
    size_bytes: int


def duplicate_bytes(content: bytes | mmap, extents: Iterable[Extent]) -> int:
    """Return the bytes of extents that repeat another.

    Whole ones are read only where size and samples are alike: large weights stay on disk.
    """
    alike: defaultdict[tuple[int, bytes], list[Extent]] = defaultdict(list)
    for extent in set(extents):
        if extent.size_bytes >= _LEAST_BYTES:
            alike[extent.size_bytes, _samples(content, extent)].append(extent)
    return sum(
        size_bytes * (len(group) - len({_checksum(content, extent) for extent in group}))
        for (size_bytes, _), group in alike.items()
        if len(group) > 1
    )


def _samples(content: bytes | mmap, extent: Extent) -> bytes:
    """Return bytes from the start, the middle and the end."""
    last = extent.size_bytes - _SAMPLE_BYTES
    starts = (extent.start, extent.start + last // 2, extent.start + last)
    return b"".join(content[start : start + _SAMPLE_BYTES] for start in starts)


def _checksum(content: bytes | mmap, extent: Extent) -> int:
    with memoryview(content) as view, view[extent.start :][: extent.size_bytes] as part:
        return zlib.crc32(part)
