"""One operation as its kernel is made, and how kernels are made of functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

from labtui.mil.errors import BadPackage
from labtui.mil.types import TensorType


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of an operation when the program is loaded."""

    type: str
    constants: Mapping[str, Any]
    """Arguments known now: arrays, or words."""
    variables: frozenset[str]
    """Arguments that come with each inference, as keywords of the kernel."""
    types: Mapping[str, TensorType]
    """Of all arguments that are one tensor."""
    outputs: tuple[TensorType, ...]

    def array(self, name: str) -> Any:
        """Return an argument that has to be a constant. Raises BadPackage."""
        found = self.constants.get(name)
        if found is None:
            raise BadPackage(f"has the op {self.type} without a constant {name}: not run here.")
        return found

    def numbers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Return a constant list of whole numbers; the default where the argument is missing."""
        if name in self.variables:
            self.array(name)
        found = self.constants.get(name)
        return default if found is None else tuple(int(number) for number in found.reshape(-1))

    def word(self, name: str, default: str) -> str:
        """Return a constant word; the default where the argument is missing."""
        return str(self.constants.get(name, default))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a constant truth value; the default where the argument is missing."""
        found = self.constants.get(name)
        return default if found is None else bool(found)


Kernel = Callable[..., Any]
"""Takes the node's variables by name; returns one array, or a tuple of as many as outputs."""
Maker = Callable[[Node], Kernel]


@dataclass(frozen=True, slots=True)
class Op:
    """An op of the table."""

    make: Maker
    is_exact: bool = False
    """Only moves or chooses values: half floats stay half floats, and views may be returned."""


def plain(function: Callable[..., Any], *, is_exact: bool = False) -> Op:
    """Return an op that a function computes, whose parameters are called like the arguments."""

    def make(node: Node) -> Kernel:
        constants = dict(node.constants)
        try:
            signature(function).bind(**constants, **dict.fromkeys(node.variables))
        except TypeError as error:
            raise BadPackage(
                f"has the op {node.type} with arguments that are not run here: {error}."
            ) from error
        return lambda **variables: function(**constants, **variables)

    return Op(make, is_exact=is_exact)


def unary(function: Callable[[Any], Any], *, is_exact: bool = False) -> Op:
    """Return an op of the argument `x`."""
    return plain(lambda x: function(x), is_exact=is_exact)  # noqa: PLW0108 (numpy names it otherwise)


def binary(function: Callable[[Any, Any], Any], *, is_exact: bool = False) -> Op:
    """Return an op of the arguments `x` and `y`."""
    return plain(lambda x, y: function(x, y), is_exact=is_exact)  # noqa: PLW0108 (as above)


def only(node: Node, *names: str) -> Node:
    """Return the node without the constants that have been read already."""
    constants = {name: node.constants[name] for name in names if name in node.constants}
    return replace(node, constants=constants)
