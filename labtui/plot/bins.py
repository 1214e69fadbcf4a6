"""Samples gathered into absolute time bins: a sample never changes its column."""

from collections.abc import Iterator


class Bin:
    """What is left of the samples of one slice of time."""

    __slots__ = ("count", "peak", "stroke", "tone", "total")

    def __init__(self, stroke: int, tone: int) -> None:
        self.count = 0
        self.total = 0.0
        self.peak = 0.0
        self.stroke = stroke
        """Bins of one stroke are joined by the line; a launch is a stroke."""
        self.tone = tone
        """Which colour: the number of the variant."""

    @property
    def mean(self) -> float:
        """Mean of the samples."""
        return self.total / self.count

    def add(self, value: float) -> None:
        """Take one sample."""
        self.count += 1
        self.total += value
        self.peak = max(self.peak, value)

    def merge(self, other: "Bin") -> None:
        """Take the samples of another bin of the same stroke."""
        self.count += other.count
        self.total += other.total
        self.peak = max(self.peak, other.peak)


class Bins:
    """Bins of `width_s` from the time origin on; memory follows time kept, not the sample rate."""

    def __init__(self, width_s: float, keep_s: float) -> None:
        self.width_s = width_s
        self._keep = round(keep_s / width_s)
        self._bins: dict[int, Bin] = {}
        self.oldest: int | None = None
        """Number of the earliest bin still kept; None while there is none."""
        self.newest: int | None = None
        """Number of the latest bin; None while there is none."""

    def __iter__(self) -> Iterator[tuple[int, Bin]]:
        return iter(self._bins.items())

    def get(self, index: int) -> Bin | None:
        """Return a bin by its number."""
        return self._bins.get(index)

    def add(self, t_s: float, value: float, stroke: int, tone: int) -> int:
        """Take one sample and return the number of its bin; the later stroke owns a shared bin."""
        index = int(t_s // self.width_s)
        found = self._bins.get(index)
        if found is None or found.stroke < stroke:
            found = self._bins[index] = Bin(stroke, tone)
            self._grow(index)
        if found.stroke == stroke:
            found.add(value)
        return index

    def _grow(self, index: int) -> None:
        self.oldest = index if self.oldest is None else min(self.oldest, index)
        self.newest = index if self.newest is None else max(self.newest, index)
        while self.newest - self.oldest >= self._keep:
            self._bins.pop(self.oldest, None)
            self.oldest += 1

    def merged(self, first: int, count: int) -> Bin | None:
        """Return `count` bins as one, from number `first`; only the latest stroke among them."""
        merged: Bin | None = None
        for index in range(first, first + count):
            found = self._bins.get(index)
            if found is None:
                continue
            if merged is None or found.stroke > merged.stroke:
                merged = Bin(found.stroke, found.tone)
            if found.stroke == merged.stroke:
                merged.merge(found)
        return merged
