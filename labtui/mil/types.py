"""Types of a program's values."""

from dataclasses import dataclass
from math import prod
from typing import Any

from labtui.core.text import clean
from labtui.mil.errors import BadPackage

_NAMES = {
    1: "bool", 2: "string", 10: "float16", 11: "float32", 12: "float64",
    21: "int8", 22: "int16", 23: "int32", 24: "int64", 25: "int4",
    31: "uint8", 32: "uint16", 33: "uint32", 34: "uint64",
    35: "uint4", 36: "uint2", 37: "uint1", 38: "uint6", 39: "uint3",
}  # fmt: skip
"""By the numbers of `MIL.DataType`."""
MAX_RANK = 8
MAX_ELEMENTS = 1 << 28
"""Of one value: a gigabyte of floats."""
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class TensorType:
    """Element type and shape of a value; sizes that the program leaves open are -1."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of elements; open sizes count as one."""
        return prod(abs(size) for size in self.shape)

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Tell whether an array of this shape may stand for the value."""
        return shape == self.shape or (
            len(shape) == len(self.shape)
            and all(known in (UNKNOWN, size) for known, size in zip(self.shape, shape, strict=True))
        )


@dataclass(frozen=True, slots=True)
class Named:
    """A name and what it stands for."""

    name: str
    type: TensorType


def named(message: Any) -> Named:
    """Read a `NamedValueType`. Raises BadPackage."""
    try:
        return Named(str(message.name), tensor_type(message.type))
    except BadPackage as error:
        raise BadPackage(f"has a value {clean(message.name, 60)} that {error}") from error


def tensor_type(message: Any) -> TensorType:
    """Read a `ValueType`. Raises BadPackage for anything but a tensor of a sensible size."""
    kind = message.WhichOneof("type")
    if kind != "tensorType":
        raise BadPackage(f"is a {kind or 'nothing'}: only tensors can be run here.")
    tensor = message.tensorType
    dtype = _NAMES.get(tensor.dataType)
    if dtype is None:
        raise BadPackage(f"has the element type {tensor.dataType}, which cannot be run here.")
    if len(tensor.dimensions) > MAX_RANK:
        raise BadPackage(f"has {len(tensor.dimensions)} dimensions: it is damaged.")
    sizes = tuple(_size(dimension) for dimension in tensor.dimensions)
    found = TensorType(dtype, sizes)
    if found.count > MAX_ELEMENTS:
        raise BadPackage(f"would have {found.count} elements: it is damaged or too large.")
    return found


def _size(dimension: Any) -> int:
    if dimension.WhichOneof("dimension") != "constant":
        return UNKNOWN
    return int(dimension.constant.size)
