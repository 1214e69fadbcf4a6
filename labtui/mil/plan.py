"""A program made ready to run: constants folded, kernels made, values numbered and freed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from labtui.core.text import clean
from labtui.mil.arrays import Array, held_dtype
from labtui.mil.blobs import Blobs
from labtui.mil.errors import BadPackage, UnsupportedOp
from labtui.mil.half import round_to_half
from labtui.mil.ops.node import Kernel, Node, Op
from labtui.mil.ops.table import OPS
from labtui.mil.program import CONST, VALUE, Operation, Program
from labtui.mil.types import Named, TensorType
from labtui.mil.values import constant, constant_type

_KERNEL_ERRORS = (ValueError, TypeError, IndexError, KeyError, AttributeError, ArithmeticError)
"""What numpy and the kernels raise for arguments that do not go together."""
Feed = int | tuple[int, ...]
"""The slot of an argument; several for a list of values."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kernel, what it is given, and where its results go."""

    label: str
    kernel: Kernel
    feeds: tuple[tuple[str, Feed], ...]
    results: tuple[tuple[int, TensorType], ...]
    rounds: bool
    """Whether results that are half floats have to be rounded."""
    frees: tuple[int, ...]
    """Slots that nobody reads after it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps over numbered slots."""

    steps: tuple[Step, ...]
    slots: tuple[Array | None, ...]
    """What they hold before the first step: constants that are outputs, or parts of lists."""
    inputs: tuple[int, ...]
    outputs: tuple[tuple[int, TensorType], ...]

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Return the outputs for arrays in the order of `inputs`. Raises BadPackage."""
        values: list[Any] = list(self.slots)
        for slot, array in zip(self.inputs, arrays, strict=True):
            values[slot] = array
        with np.errstate(all="ignore"):
            for step in self.steps:
                _run_step(step, values)
        return [values[slot] for slot, _ in self.outputs]


def _run_step(step: Step, values: list[Any]) -> None:
    given = {
        name: values[feed] if isinstance(feed, int) else tuple(values[slot] for slot in feed)
        for name, feed in step.feeds
    }
    types = [wanted for _, wanted in step.results]
    computed = computed_by(step.kernel, given, types, step.label, rounds=step.rounds)
    for (slot, _), result in zip(step.results, computed, strict=True):
        values[slot] = result
    for slot in step.frees:
        values[slot] = None


def computed_by(
    kernel: Kernel,
    given: Mapping[str, Any],
    types: Sequence[TensorType],
    label: str,
    *,
    rounds: bool,
) -> tuple[Array, ...]:
    """Run a kernel and return its results, rounded and of the right shapes. Raises BadPackage."""
    with _translated(label):
        raw = kernel(**given)
        results = raw if isinstance(raw, tuple) else (raw,)
        return tuple(
            _finished(np.asarray(result, held_dtype(wanted.dtype)), wanted, label, rounds=rounds)
            for result, wanted in zip(results, types, strict=True)
        )


def _finished(result: Array, wanted: TensorType, label: str, *, rounds: bool) -> Array:
    if not wanted.fits(result.shape):
        raise BadPackage(
            f"has the op {label}, which computes {list(result.shape)} "
            f"instead of {list(wanted.shape)}: it is damaged."
        )
    if rounds and wanted.dtype == "float16":
        result = np.asarray(result, order="C")  # numpy hands on the layout of transposed operands
        round_to_half(result)
    return result


@contextmanager
def _translated(label: str) -> Iterator[None]:
    try:
        yield
    except _KERNEL_ERRORS as error:
        raise BadPackage(
            f"has the op {label}, which cannot be computed: {clean(str(error), 160)}."
        ) from error


def planned(program: Program, blobs: Blobs) -> Plan:
    """Make a program ready. Raises BadPackage, and UnsupportedOp for an op that is not there."""
    with np.errstate(all="ignore"):
        return _Planner(program, blobs).plan()


class _Planner:
    """Goes through the operations once, in the order in which they run."""

    def __init__(self, program: Program, blobs: Blobs) -> None:
        self._program = program
        self._blobs = blobs
        self._constants: dict[str, Any] = {}
        self._types: dict[str, TensorType] = {}
        self._slots: dict[str, int] = {}
        self._held: list[Array | None] = []
        self._readers = Counter(name for op in program.operations for name in op.names())
        self._readers.update(program.outputs)

    def plan(self) -> Plan:
        _check_ops(self._program)
        inputs = tuple(map(self._slot, self._program.inputs))
        steps = [step for op in self._program.operations if (step := self._planned(op))]
        outputs = tuple(
            (self._filled_slot(name), self._types[name]) for name in self._program.outputs
        )
        return Plan(tuple(steps), tuple(self._held), inputs, outputs)

    def _slot(self, value: Named) -> int:
        """Return the slot of what is computed."""
        self._types[value.name] = value.type
        return self._new_slot(value.name, None)

    def _filled_slot(self, name: str) -> int:
        """Return the slot of anything that is known by a name; constants get one."""
        if name in self._slots:
            return self._slots[name]
        return self._new_slot(name, self._constants[name])

    def _new_slot(self, name: str, held: Array | None) -> int:
        self._held.append(held)
        self._slots[name] = len(self._held) - 1
        return self._slots[name]

    def _planned(self, operation: Operation) -> Step | None:
        """Return a step, or nothing for what is computed here and now."""
        if operation.type == CONST:
            self._keep(operation, (self._value(operation),))
            return None
        op, node = OPS[operation.type], self._node(operation)
        with _translated(operation.label):
            kernel = op.make(node)
        names = list(operation.names())
        self._readers.subtract(names)
        step = None
        if node.variables:
            step = self._step(operation, op, kernel, node)
        else:
            self._keep(operation, _folded(operation, op, kernel))
        for name in names:
            if not self._readers[name]:
                self._constants.pop(name, None)
        return step

    def _value(self, operation: Operation) -> Any:
        bindings = operation.arguments.get(VALUE, ())
        if len(bindings) != 1 or isinstance(bindings[0], str) or len(operation.outputs) != 1:
            raise BadPackage(f"has the constant {operation.label} without a value: it is damaged.")
        return constant(bindings[0], self._blobs)

    def _keep(self, operation: Operation, values: tuple[Any, ...]) -> None:
        for output, value in zip(operation.outputs, values, strict=True):
            self._types[output.name] = output.type
            if self._readers[output.name]:
                self._constants[output.name] = value

    def _node(self, operation: Operation) -> Node:
        constants: dict[str, Any] = {}
        variables: set[str] = set()
        types: dict[str, TensorType] = {}
        for key, bindings in operation.arguments.items():
            values = [self._known(binding) for binding in bindings]
            if any(value is None for value in values):
                variables.add(key)
            elif len(values) == 1:
                constants[key] = values[0]
            else:
                constants[key] = tuple(values)
            if len(bindings) == 1:
                types[key] = self._type(bindings[0])
        outputs = tuple(output.type for output in operation.outputs)
        return Node(operation.type, constants, frozenset(variables), types, outputs)

    def _known(self, binding: Any) -> Any:
        if isinstance(binding, str):
            return self._constants.get(binding)
        return constant(binding, self._blobs)

    def _type(self, binding: Any) -> TensorType:
        return self._types[binding] if isinstance(binding, str) else constant_type(binding)

    def _step(self, operation: Operation, op: Op, kernel: Kernel, node: Node) -> Step:
        feeds = tuple((key, self._feed(operation.arguments[key])) for key in sorted(node.variables))
        results = tuple((self._slot(output), output.type) for output in operation.outputs)
        touched = {*operation.names(), *(output.name for output in operation.outputs)}
        frees = tuple(
            self._slots[name]
            for name in sorted(touched & self._slots.keys())
            if not self._readers[name]
        )
        return Step(operation.label, kernel, feeds, results, not op.is_exact, frees)

    def _feed(self, bindings: tuple[Any, ...]) -> Feed:
        slots = tuple(map(self._fed_slot, bindings))
        return slots[0] if len(slots) == 1 else slots

    def _fed_slot(self, binding: Any) -> int:
        if isinstance(binding, str):
            return self._filled_slot(binding)
        self._held.append(np.asarray(constant(binding, self._blobs)))
        return len(self._held) - 1


def _folded(operation: Operation, op: Op, kernel: Kernel) -> tuple[Array, ...]:
    types = [output.type for output in operation.outputs]
    return computed_by(kernel, {}, types, operation.label, rounds=not op.is_exact)


def _check_ops(program: Program) -> None:
    """Name the ops that are not there before any weight is read. Raises UnsupportedOp."""
    lacking = sorted({op.type for op in program.operations} - set(OPS) - {CONST})
    if lacking:
        names = ", ".join(clean(name, 60) for name in lacking[:5])
        raise UnsupportedOp(f"needs an op that is not run here: {names}.")
