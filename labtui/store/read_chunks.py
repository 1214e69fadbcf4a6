"""Chunks of a launch, read back in order."""

import sqlite3
from collections.abc import Iterator

from labtui.core.model import LaunchUid
from labtui.store.chunks import Chunk

_CHUNKS = """
    select seq0, n, t0_ns, is_warmup, latency_ns, offset_us, crc32 from sample_chunk
    where launch_id = (select id from launch where uid = ?) order by seq0
"""


def chunks_of(connection: sqlite3.Connection, launch: LaunchUid) -> Iterator[Chunk]:
    """Yield the chunks of a launch as they are stored, unchecked."""
    for seq0, n, t0_ns, is_warmup, latency_ns, offset_us, crc32 in connection.execute(
        _CHUNKS, (launch,)
    ):
        yield Chunk(seq0, n, t0_ns, bool(is_warmup), latency_ns, offset_us, crc32)
