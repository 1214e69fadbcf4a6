"""What input size and batch cost: results of one family of models, each against its neighbour."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from labtui.core.history import Numerics, ResultRow

FALL_OFF = 0.25
"""How much worse per pixel than its smaller neighbour is a fall-off."""
_IN_NAME = re.compile(r"(?P<family>.+)@(?P<side>[1-9][0-9]{0,4})?(?:b(?P<batch>[1-9][0-9]{0,4}))?")
"""`<family>@<side>b<batch>`; either number may be left out."""
_CHANNELS = (1, 3, 4)
_IMAGE_AXES, _BATCHED_PLANE_AXES = 4, 3


class Axis(StrEnum):
    """What grows from one point to the next."""

    RESOLUTION = "resolution"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Point:
    """A result, and how much goes into one inference of it."""

    result: ResultRow
    p50_ns: float
    batch: int
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Of one item."""
        return self.height * self.width

    @property
    def ns_per_item(self) -> float:
        """Median latency for each item of the batch."""
        return self.p50_ns / self.batch

    @property
    def ns_per_pixel(self) -> float:
        """Median latency for each pixel of each item."""
        return self.ns_per_item / self.pixels

    @property
    def size(self) -> str:
        """Width and height, as in text."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Step:
    """Two neighbours on one axis; all else is the same."""

    family: str
    axis: Axis
    smaller: Point
    larger: Point
    limit: float
    """Which share more per pixel is a fall-off."""

    @property
    def ratio(self) -> float:
        """Time per pixel of the larger one / of the smaller one; 1 = it scales."""
        return self.larger.ns_per_pixel / self.smaller.ns_per_pixel

    @property
    def is_fall_off(self) -> bool:
        """Whether the larger one is much worse per pixel."""
        return self.ratio > 1 + self.limit

    @property
    def text(self) -> str:
        """One sentence with the numbers."""
        change = f"{100 * abs(self.ratio - 1):.0f} % {'more' if self.ratio > 1 else 'less'}"
        sentence = self._by_batch(change) if self.axis is Axis.BATCH else self._by_pixel(change)
        return f"Fall-off: {sentence}" if self.is_fall_off else sentence

    def _by_pixel(self, change: str) -> str:
        one, other = self.larger, self.smaller
        return (
            f"At {one.size} a pixel takes {one.ns_per_pixel:.3g} ns, {change} than at "
            f"{other.size} ({other.ns_per_pixel:.3g} ns)."
        )

    def _by_batch(self, change: str) -> str:
        one, other = self.larger, self.smaller
        return (
            f"In a batch of {one.batch} an item takes {one.ns_per_item / 1e6:.3g} ms, {change} "
            f"than in a batch of {other.batch} ({other.ns_per_item / 1e6:.3g} ms)."
        )


def family_of(model: str) -> str:
    """Return what the names of one network at several sizes share: `deit` of `deit@384b4`."""
    named = _IN_NAME.fullmatch(model)
    return named["family"] if named else model


def sweep_steps(results: Iterable[ResultRow], limit: float = FALL_OFF) -> tuple[Step, ...]:
    """Return every step between neighbours that differ in nothing but resolution or batch.

    Neighbours are of one session, device, recipe and set of options. Results without a median, of
    unknown size, or with broken outputs are left out.
    """
    lines: defaultdict[tuple[Axis, tuple[object, ...]], list[Point]] = defaultdict(list)
    for result in results:
        if (point := point_of(result)) is not None:
            shared = _shared(result)
            lines[Axis.RESOLUTION, (point.batch, *shared)].append(point)
            lines[Axis.BATCH, (point.size, *shared)].append(point)
    return tuple(step for (axis, _), line in lines.items() for step in _steps(axis, line, limit))


def _shared(result: ResultRow) -> tuple[object, ...]:
    options = (result.accelerator_asked, result.threads, result.affinity, result.xnnpack)
    family = family_of(result.model)
    return (family, result.session, result.device, result.recipe, *options)


def _steps(axis: Axis, line: Sequence[Point], limit: float) -> Iterator[Step]:
    """Yield the steps along a line; of points at the same place the first counts."""
    places = {(point.pixels, point.batch): point for point in reversed(line)}
    for smaller, larger in pairwise(sorted(places)):
        family = family_of(line[0].result.model)
        yield Step(family, axis, places[smaller], places[larger], limit)


def point_of(result: ResultRow) -> Point | None:
    """Return how much goes into one inference: by the stored input shape, else by the name."""
    if not result.p50_ns or result.numerics is Numerics.BROKEN:
        return None
    batch, height, width = _of_shape(result.input_shape)
    if named := _IN_NAME.fullmatch(result.model):
        side = int(named["side"] or 0)
        batch, height, width = batch or int(named["batch"] or 1), height or side, width or side
    if height < 1 or width < 1:
        return None
    return Point(result, result.p50_ns, max(batch, 1), height, width)


def _of_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """Return batch, height and width of images; 0 = the shape does not tell."""
    sizes = [max(size, 0) for size in shape]
    if len(sizes) == _BATCHED_PLANE_AXES:
        return sizes[0], sizes[1], sizes[2]
    if len(sizes) == _IMAGE_AXES and shape[3] in _CHANNELS:
        return sizes[0], sizes[1], sizes[2]
    if len(sizes) == _IMAGE_AXES and shape[1] in _CHANNELS:
        return sizes[0], sizes[2], sizes[3]
    return 0, 0, 0
