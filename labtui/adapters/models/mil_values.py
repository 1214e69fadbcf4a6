"""Ops and constants of a MIL program, as far as a description needs them.

More is read here than the executor in `labtui.mil` can run: control flow, states, every type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from labtui.core.inspection.facts import bits_of
from labtui.core.text import clean

CONST = "const"
CONSTEXPR = "constexpr_"
"""How ops are called that turn stored weights into numbers when a model is loaded."""
_MAX_RANK = 16
_LARGEST = 1 << 40
"""Most elements of one value that are believed."""


@dataclass(frozen=True, slots=True)
class Value:
    """Type of a value; the place of a constant that is not written into the program."""

    dtype: str
    """numpy's word; "" for what is no tensor."""
    shape: tuple[int, ...]
    """-1 where the program leaves a dimension open."""
    blob: tuple[str, int] | None = None
    """File of weights, and the offset of the value's description in it."""

    @property
    def elements(self) -> int:
        """How many numbers it holds; open dimensions count as one."""
        return prod(map(abs, self.shape))

    @property
    def packed_bytes(self) -> int:
        """Bytes that its elements take, small ones packed without gaps."""
        return -(-self.elements * bits_of(self.dtype) // 8)


@dataclass(frozen=True, slots=True)
class Op:
    """One operation."""

    type: str
    names: tuple[tuple[str, str], ...]
    """(parameter, name of the value it is given)."""
    constants: Mapping[str, Value]
    """Its own constants by parameter."""
    outputs: tuple[tuple[str, Value], ...]

    @property
    def is_constant(self) -> bool:
        """Whether it is a stored value, or turns one into numbers before anything runs."""
        return self.type == CONST or self.type.startswith(CONSTEXPR)


class Reader:
    """Reads messages; knows the names of element types."""

    def __init__(self, messages: Any) -> None:
        """Take the module of MIL's message classes."""
        self._dtypes = {number: name.lower() for name, number in messages.DataType.items()}

    def ops(self, block: Any) -> Iterator[list[Op]]:
        """Yield the ops of a block, then those of each block inside. Raises ValueError."""
        yield [self._op(message) for message in block.operations]
        for message in block.operations:
            for inner in message.blocks:
                yield from self.ops(inner)

    def _op(self, message: Any) -> Op:
        constants = {key: self._constant(value) for key, value in message.attributes.items()}
        names = []
        for parameter, argument in message.inputs.items():
            for binding in argument.arguments:
                if binding.WhichOneof("binding") == "name":
                    names.append((parameter, binding.name))
                else:
                    constants[parameter] = self._constant(binding.value)
        outputs = tuple((output.name, self._value(output.type)) for output in message.outputs)
        return Op(clean(message.type, 60), tuple(names), constants, outputs)

    def _constant(self, message: Any) -> Value:
        value = self._value(message.type)
        if message.WhichOneof("value") != "blobFileValue":
            return value
        where = message.blobFileValue
        return Value(value.dtype, value.shape, (where.fileName, int(where.offset)))

    def _value(self, value_type: Any) -> Value:
        if value_type.WhichOneof("type") != "tensorType":
            return Value("", ())
        tensor = value_type.tensorType
        if len(tensor.dimensions) > _MAX_RANK:
            raise ValueError("a tensor of too many dimensions")
        value = Value(self._dtypes.get(tensor.dataType, ""), tuple(map(_size, tensor.dimensions)))
        if value.elements > _LARGEST:
            raise ValueError("a tensor beyond all bounds")
        return value


def _size(dimension: Any) -> int:
    is_known = dimension.WhichOneof("dimension") == "constant"
    return int(dimension.constant.size) if is_known else -1
