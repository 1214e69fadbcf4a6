"""Where Core ML puts ops: ONNX Runtime's partition lines, and dumps of a compute plan."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from labtui.core.placement import PlacedPart, Placement
from labtui.core.text import clean

MAX_GRAPHS = 1000
MAX_OPS = 200_000

_PARTITION = re.compile(
    r"number\s+of\s+partitions\s+supported\s+by\s+(?P<provider>\w{1,40}):\s+(?P<partitions>\d{1,9})"
    r"\s+number\s+of\s+nodes\s+in\s+the\s+graph:\s+(?P<nodes>\d{1,9})"
    r"\s+number\s+of\s+nodes\s+supported\s+by\s+\w{1,40}:\s+(?P<supported>\d{1,9})(?=\s)"
)
"""Terminals wrap the line; what the end of the text may have cut is not read."""
_PLACED = re.compile(
    r"Node\(s\)\s+placed\s+on\s+\[(?P<provider>\w{1,60})\]\.\s+Number\s+of\s+nodes:\s+"
    r"(?P<nodes>\d{1,9})(?=\s)"
)
_PLANNED = re.compile(
    r"op=(?P<op>[\w.]{1,80})\s+preferred=(?P<preferred>\w{1,60})\s+supported=\[(?P<supported>[^\]\n]{0,400})\]"
)
_UNITS = (("neuralengine", "npu"), ("gpu", "gpu"), ("cpu", "cpu"))


@dataclass(frozen=True, slots=True)
class OrtPartitioning:
    """What an execution provider of ONNX Runtime would take of one graph."""

    provider: str
    partitions: int
    nodes: int
    """Of the whole graph."""
    supported: int

    @property
    def placement(self) -> Placement:
        """Where the graph's nodes go; what the provider does not take runs on the CPU."""
        unit = self.provider.lower()
        taken = PlacedPart(unit, self.provider, self.supported)
        rest = PlacedPart("cpu", "", self.nodes - self.supported)
        return Placement(unit, tuple(p for p in (taken, rest) if p.ops), self.partitions)


@dataclass(frozen=True, slots=True)
class OrtPartitionLog:
    """The partitionings of a log, one per graph, and the nodes left after fusing."""

    graphs: tuple[OrtPartitioning, ...]
    placed: tuple[tuple[str, int], ...]
    """Provider and nodes; a fused partition counts as one node."""


def parse_ort_partitions(text: str) -> OrtPartitionLog:
    """Read ONNX Runtime's lines, wrapped or not; impossible counts are left out."""
    text = text.replace("\r", "")
    graphs = [_partitioning(match) for match in _PARTITION.finditer(text)]
    placed = [(clean(m["provider"]), int(m["nodes"])) for m in _PLACED.finditer(text)]
    possible = [g for g in graphs if g.supported <= g.nodes and g.partitions <= g.supported]
    return OrtPartitionLog(tuple(possible[:MAX_GRAPHS]), tuple(placed[:MAX_GRAPHS]))


def _partitioning(match: re.Match[str]) -> OrtPartitioning:
    counts = (int(match[key]) for key in ("partitions", "nodes", "supported"))
    return OrtPartitioning(clean(match["provider"]), *counts)


@dataclass(frozen=True, slots=True)
class PlannedOp:
    """One op of a compute plan."""

    op: str
    preferred: str
    """Unit that Core ML prefers: `cpu`, `gpu`, `npu`; empty for one it does not name."""
    supported: tuple[str, ...]
    """Units that could run it."""


def parse_compute_plan(text: str) -> tuple[PlannedOp, ...]:
    """Read lines of `op=… preferred=… supported=[…]`, one per op."""
    matches = [match for line in text.splitlines() if (match := _PLANNED.search(line))]
    return tuple(
        PlannedOp(
            match["op"],
            _unit(match["preferred"]),
            tuple(filter(None, map(_unit, match["supported"].split(",")))),
        )
        for match in matches[:MAX_OPS]
    )


def plan_placement(ops: Iterable[PlannedOp], asked: str = "npu") -> Placement:
    """Count ops per preferred unit; by default Core ML is asked for the Neural Engine."""
    counts: dict[str, int] = {}
    for op in ops:
        counts[op.preferred] = counts.get(op.preferred, 0) + 1
    parts = tuple(PlacedPart(unit or "unknown", "CoreML", n) for unit, n in counts.items())
    return Placement(asked, parts)


def _unit(device: str) -> str:
    word = device.strip().lower().removeprefix("ml")
    return next((unit for name, unit in _UNITS if word.startswith(name)), "")
