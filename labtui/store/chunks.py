"""Chunks: consecutive samples of one launch as JSON arrays of whole numbers, with a checksum."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from labtui.core.history import SampleRow
from labtui.core.model import LaunchUid
from labtui.core.protocol import Samples

MAX_CHUNK = 500
"""Samples in a chunk at most: keeps `sample.t_ns`, which counts from the chunk's start, quick."""

_CONTINUES_WITHIN_NS = 1_000_000
"""Batches without offsets share a chunk if the second starts where the first ended, give or
take this: where no offsets are stored, times are as exact as that."""


class DamagedChunk(ValueError):
    """What was read is not what was written."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One row of `sample_chunk`."""

    seq0: int
    """Index of the first sample in its launch."""
    n: int
    t0_ns: int
    is_warmup: bool
    latency_ns: str
    offset_us: str | None
    """Start of each sample after `t0_ns`; None = back to back."""
    crc32: int

    def checksum(self) -> int:
        """Return the CRC-32 of everything else in the chunk."""
        place = f"{self.seq0},{self.n},{self.t0_ns},{int(self.is_warmup)};"
        return zlib.crc32(f"{place}{self.latency_ns}{self.offset_us or ''}".encode())


class _Run:
    """Batches that can share a chunk."""

    def __init__(self, first: Samples) -> None:
        self._batches = [first]
        self._n = len(first.durations_ns)
        self._end_ns = first.t0_ns + sum(first.durations_ns)
        self._next_index = first.first_index + self._n

    def takes(self, batch: Samples) -> bool:
        """Add the batch if it continues this run and there is room; tell whether it did."""
        n = len(batch.durations_ns)
        if self._n + n > MAX_CHUNK or not self._is_continued_by(batch):
            return False
        self._batches.append(batch)
        self._n += n
        self._end_ns += sum(batch.durations_ns)
        self._next_index += n
        return True

    def _is_continued_by(self, batch: Samples) -> bool:
        first = self._batches[0]
        if batch.first_index != self._next_index or batch.is_warmup != first.is_warmup:
            return False
        if batch.offsets_us is None and first.offsets_us is None:
            return abs(batch.t0_ns - self._end_ns) <= _CONTINUES_WITHIN_NS
        return batch.offsets_us is not None and first.offsets_us is not None

    def chunk(self) -> Chunk:
        first = self._batches[0]
        unsigned = Chunk(
            seq0=first.first_index,
            n=self._n,
            t0_ns=first.t0_ns,
            is_warmup=first.is_warmup,
            latency_ns=_array(
                batch.durations_text or _text(batch.durations_ns) for batch in self._batches
            ),
            offset_us=None if first.offsets_us is None else _array([_text(self._offsets_us())]),
            crc32=0,
        )
        return replace(unsigned, crc32=unsigned.checksum())

    def _offsets_us(self) -> tuple[int, ...]:
        t0_ns = self._batches[0].t0_ns
        return tuple(
            (b.t0_ns - t0_ns) // 1000 + o for b in self._batches for o in b.offsets_us or ()
        )


def chunks(batches: Iterable[Samples]) -> Iterator[Chunk]:
    """Yield the batches of one launch, in order, as few chunks as hold them without loss."""
    run: _Run | None = None
    for batch in _bounded(batches):
        if run is None:
            run = _Run(batch)
        elif not run.takes(batch):
            yield run.chunk()
            run = _Run(batch)
    if run is not None:
        yield run.chunk()


def _bounded(batches: Iterable[Samples]) -> Iterator[Samples]:
    """Yield non-empty batches, cutting those that are longer than a chunk may be."""
    for batch in batches:
        if 0 < len(batch.durations_ns) <= MAX_CHUNK:
            yield batch
        else:
            yield from _cut(batch)


def _cut(batch: Samples) -> Iterator[Samples]:
    t0_ns = batch.t0_ns
    for start in range(0, len(batch.durations_ns), MAX_CHUNK):
        part = slice(start, start + MAX_CHUNK)
        durations_ns = batch.durations_ns[part]
        offsets_us = None if batch.offsets_us is None else batch.offsets_us[part]
        yield Samples(batch.first_index + start, t0_ns, durations_ns, batch.is_warmup, offsets_us)
        if offsets_us is None:
            t0_ns += sum(durations_ns)


def _text(numbers: tuple[int, ...]) -> str:
    """Return the numbers comma separated; twice as fast as `json.dumps`."""
    return ("%d," * len(numbers) % numbers)[:-1]


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"


def durations_ns(chunk: Chunk) -> list[int]:
    """Return the samples of a chunk. Raises DamagedChunk."""
    if chunk.checksum() != chunk.crc32:
        raise DamagedChunk(f"the samples from {chunk.seq0} on do not match their checksum")
    durations: list[int] = json.loads(chunk.latency_ns)
    return durations


def rows(launch: LaunchUid, chunk: Chunk) -> Iterator[SampleRow]:
    """Yield the samples of a chunk one by one. Raises DamagedChunk before the first."""
    latencies_ns = durations_ns(chunk)
    starts_ns: Iterable[int]
    if chunk.offset_us is None:
        starts_ns = accumulate(latencies_ns[:-1], initial=chunk.t0_ns)
    else:
        starts_ns = (chunk.t0_ns + 1000 * o for o in json.loads(chunk.offset_us))
    for index, (t_ns, latency_ns) in enumerate(
        zip(starts_ns, latencies_ns, strict=True), chunk.seq0
    ):
        yield SampleRow(launch, index, t_ns, latency_ns, chunk.is_warmup)
