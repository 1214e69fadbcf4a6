"""The main function of a program: a straight list of operations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labtui.core.text import clean
from labtui.mil.errors import BadPackage, UnsupportedOp
from labtui.mil.types import Named, named

MAX_OPERATIONS = 100_000
CONST = "const"
VALUE = "val"
_NOT_ARGUMENTS = frozenset({"name"})

Binding = str | Any
"""The name of a value, or the message of a constant."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it is given and what it computes."""

    type: str
    arguments: Mapping[str, tuple[Binding, ...]]
    outputs: tuple[Named, ...]

    @property
    def label(self) -> str:
        """How errors name it."""
        first = f" ({clean(self.outputs[0].name, 60)})" if self.outputs else ""
        return f"{clean(self.type, 60)}{first}"

    def names(self) -> Iterator[str]:
        """Yield the values that it is given by name."""
        for bindings in self.arguments.values():
            yield from (binding for binding in bindings if isinstance(binding, str))


@dataclass(frozen=True, slots=True)
class Program:
    """Inputs, operations in the order in which they run, and the names of the outputs."""

    inputs: tuple[Named, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]


def read_program(spec: Any) -> Program:
    """Read the function that runs by default. Raises BadPackage, UnsupportedOp."""
    function = _main_function(spec)
    blocks = function.block_specializations
    if function.opset not in blocks:
        raise BadPackage("has a program without operations: convert it again.")
    block = blocks[function.opset]
    if len(block.operations) > MAX_OPERATIONS:
        raise BadPackage(f"has more than {MAX_OPERATIONS} operations: it is damaged.")
    inputs = tuple(map(named, function.inputs))
    operations = tuple(map(_operation, block.operations))
    program = Program(inputs, operations, tuple(block.outputs))
    _check_order(program)
    return program


def _main_function(spec: Any) -> Any:
    functions = spec.mlProgram.functions
    name = spec.description.defaultFunctionName or "main"
    if name not in functions:
        raise BadPackage("has a program without a main function: convert it again.")
    return functions[name]


def _operation(message: Any) -> Operation:
    if message.blocks:
        raise UnsupportedOp(f"needs the op {clean(message.type, 60)} (control flow), not run here.")
    arguments = {key: _bindings(argument) for key, argument in message.inputs.items()}
    # Older opsets keep the parameters of compressed weights among the attributes.
    for key, value in message.attributes.items():
        if key not in _NOT_ARGUMENTS:
            arguments[key] = (value,)
    return Operation(message.type, arguments, tuple(map(named, message.outputs)))


def _bindings(argument: Any) -> tuple[Binding, ...]:
    return tuple(
        str(binding.name) if binding.WhichOneof("binding") == "name" else binding.value
        for binding in argument.arguments
    )


def _check_order(program: Program) -> None:
    """Refuse values that are used before they are there, such as those of a cycle."""
    known = {value.name for value in program.inputs}
    for operation in program.operations:
        for name in operation.names():
            if name not in known:
                raise BadPackage(f"uses the value {clean(name, 60)} before it is computed.")
        for output in operation.outputs:
            if output.name in known:
                raise BadPackage(f"computes the value {clean(output.name, 60)} twice.")
            known.add(output.name)
    if unknown := set(program.outputs) - known:
        raise BadPackage(f"never computes its output {clean(min(unknown), 60)}.")
