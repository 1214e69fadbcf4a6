"""Which ops a TFLite delegate took, worked out from the interpreter's list of nodes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labtui.core.placement import PlacedPart, Placement

_DELEGATE_OP = "DELEGATE"
XNNPACK = "XNNPACK"
"""The only delegate that the interpreter applies by itself."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the interpreter's graph, by tensor indices."""

    op: str
    inputs: frozenset[int]
    outputs: frozenset[int]

    @property
    def is_delegate(self) -> bool:
        """Whether the node stands for the ops that a delegate took over."""
        return self.op == _DELEGATE_OP


def placement_of(details: Iterable[Mapping[str, Any]]) -> Placement:
    """Count ops per place. Raises KeyError, TypeError or ValueError for unknown `details`."""
    nodes = [_node(detail) for detail in details]
    delegates = [node for node in nodes if node.is_delegate]
    ops = [node for node in nodes if not node.is_delegate]
    taken = set[int]().union(*(_taken_by(delegate, ops) for delegate in delegates))
    counts = ((XNNPACK, len(taken)), ("", len(ops) - len(taken)))
    parts = tuple(PlacedPart("cpu", name, count) for name, count in counts if count)
    return Placement("cpu", parts, len(delegates))


def _node(detail: Mapping[str, Any]) -> Node:
    return Node(
        str(detail["op_name"]),
        frozenset(map(int, detail["inputs"])),
        frozenset(map(int, detail["outputs"])),
    )


def _taken_by(delegate: Node, ops: Sequence[Node]) -> set[int]:
    """Return the indices in `ops` that lie between the delegate's outputs and its inputs."""
    producers = {tensor: i for i, op in enumerate(ops) for tensor in op.outputs}
    taken: set[int] = set()
    wanted = set(delegate.outputs)
    while wanted:
        tensor = wanted.pop()
        producer = producers.get(tensor)
        if producer is not None and producer not in taken:
            taken.add(producer)
            wanted |= ops[producer].inputs - delegate.inputs
    return taken
