"""Which ops of a variant ran where: one model for every source, asked against used."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Coverage(StrEnum):
    """How much of a variant ran on the accelerator that was asked for."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """Ops that ran on one unit through one delegate."""

    unit: str
    """`cpu`, `gpu`, `npu`, …"""
    delegate: str
    """`XNNPACK`, `GPU`, …; empty for the engine's own kernels."""
    ops: int | None = None
    """Ops of the variant's graph; None where the source does not count them."""
    time_share: float | None = None
    """Share of the inference time, 0 to 1, from a separate profiling pass."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a variant ran; no parts and nothing stated means that nobody would say."""

    asked: str
    """Accelerator asked for."""
    parts: tuple[PlacedPart, ...] = ()
    partitions: int | None = None
    """Pieces of the graph that delegates took; each border costs a copy."""
    stated: Coverage | None = None
    """What the engine says of the accelerator asked for where it does not count ops."""

    @property
    def total_ops(self) -> int | None:
        """Ops of the whole graph; None unless every part is counted."""
        counts = [part.ops for part in self.parts if part.ops is not None]
        return sum(counts) if counts and len(counts) == len(self.parts) else None

    @property
    def coverage(self) -> Coverage:
        """How much ran on the accelerator asked for; counted ops outweigh what was stated."""
        if self.total_ops is None:
            return self.stated or self._from_units()
        share = self.ops_share
        if share is None:
            return Coverage.UNKNOWN
        return Coverage.FULL if share == 1 else Coverage.PARTIAL if share else Coverage.NONE

    @property
    def ops_share(self) -> float | None:
        """Share of the ops that ran on the accelerator asked for, 0 to 1."""
        if not self.total_ops:
            return None
        return sum(part.ops or 0 for part in self._on_asked()) / self.total_ops

    @property
    def is_fallback(self) -> bool:
        """Whether something ran elsewhere than asked, which nobody should overlook."""
        return self.coverage in (Coverage.NONE, Coverage.PARTIAL)

    def _on_asked(self) -> Iterable[PlacedPart]:
        return (part for part in self.parts if part.unit == self.asked)

    def _from_units(self) -> Coverage:
        on_asked = sum(1 for _ in self._on_asked())
        if not self.parts:
            return Coverage.UNKNOWN
        if not on_asked:
            return Coverage.NONE
        return Coverage.FULL if on_asked == len(self.parts) else Coverage.PARTIAL

    def __str__(self) -> str:
        return " + ".join(map(_part_text, self.parts)) or "unknown"


def _part_text(part: PlacedPart) -> str:
    place = f"{part.unit} {part.delegate}".strip()
    return place if part.ops is None else f"{place} {part.ops}"


@dataclass(frozen=True, slots=True)
class OpTime:
    """One op of the profiling pass: an op of the graph, or a kernel inside a delegate."""

    name: str
    """As the engine names it, e.g. `CONV_2D` or `Convolution (NHWC, F32) IGEMM`."""
    unit: str
    delegate: str
    count: int
    """How many of them one inference runs."""
    mean_ns: float
    """All of them together, mean per inference."""


def with_time_shares(placement: Placement, ops: Iterable[OpTime]) -> Placement:
    """Return the placement with each part's share of the profiled time."""
    spent_ns: dict[tuple[str, str], float] = {}
    for op in ops:
        place = (op.unit, op.delegate)
        spent_ns[place] = spent_ns.get(place, 0.0) + op.mean_ns
    total_ns = sum(spent_ns.values())
    if not total_ns:
        return placement
    parts = tuple(
        replace(part, time_share=spent_ns.get((part.unit, part.delegate), 0.0) / total_ns)
        for part in placement.parts
    )
    return replace(placement, parts=parts)
