"""Access to the tables of a `.tflite` file, with every index and extent checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from labtui.adapters.models.duplicates import Extent
from labtui.core.text import clean

_OFFSET_BYTES = 4
_NAMES_OF_TYPES = {
    number: name.lower() for name, number in vars(schema.TensorType).items() if name.isupper()
}
_NAMES_OF_OPS = {
    number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()
}


@dataclass(frozen=True, slots=True)
class OpCode:
    """What an operator is."""

    name: str
    """Of the builtin op; `CUSTOM <name>`; `OP <number>` for one that is newer than the schema."""
    version: int


class Tables:
    """One file's tables. Every method raises ValueError or struct.error for what cannot be."""

    def __init__(self, content: bytes | mmap) -> None:
        self.content = content
        self.model = schema.Model.GetRootAs(content)
        if not self.model.SubgraphsLength():
            raise ValueError("no subgraph")

    def indices(self, length: int) -> range:
        """Return the indices of a vector; each element takes 4 bytes of the file or more."""
        if length * _OFFSET_BYTES > len(self.content):
            raise ValueError("a vector longer than the file")
        return range(length)

    def subgraphs(self) -> Iterator[Any]:
        """Yield all subgraphs, the main one first."""
        for index in self.indices(self.model.SubgraphsLength()):
            yield self.model.Subgraphs(index)

    def tensors(self, subgraph: Any) -> Iterator[Any]:
        """Yield the tensors of a subgraph, in the order of their indices."""
        for index in self.indices(subgraph.TensorsLength()):
            yield subgraph.Tensors(index)

    def operators(self, subgraph: Any) -> Iterator[Any]:
        """Yield the operators of a subgraph in the order they run."""
        for index in self.indices(subgraph.OperatorsLength()):
            yield subgraph.Operators(index)

    def op_codes(self) -> list[OpCode]:
        """Return what operators refer to by their index."""
        return [
            _op_code(self.model.OperatorCodes(index))
            for index in self.indices(self.model.OperatorCodesLength())
        ]

    def shape(self, tensor: Any) -> tuple[int, ...]:
        """Return a tensor's dimensions, -1 where the file leaves one open."""
        if signature_length := tensor.ShapeSignatureLength():
            return tuple(tensor.ShapeSignature(i) for i in self.indices(signature_length))
        return tuple(tensor.Shape(i) for i in self.indices(tensor.ShapeLength()))

    def extent(self, number: int) -> Extent:
        """Return where a buffer lies, having checked that the file holds all of it."""
        if not 0 <= number < self.model.BuffersLength():
            raise ValueError("no such buffer")
        buffer = self.model.Buffers(number)
        # Large files keep their weights behind the flatbuffer, at an offset from its start.
        start, size_bytes = buffer.Offset(), buffer.Size()
        if start <= 1:
            size_bytes = buffer.DataLength()
            start = _data_start(buffer) if size_bytes else 0
        if start + size_bytes > len(self.content):
            raise ValueError("a buffer beyond the end of the file")
        return Extent(int(start), int(size_bytes))

    def bytes_at(self, extent: Extent) -> bytes:
        """Return a copy of a few bytes."""
        return bytes(self.content[extent.start : extent.start + extent.size_bytes])


def tensor_at(subgraph: Any, index: int) -> Any:
    """Return a tensor by its index. Raises ValueError."""
    if not 0 <= index < subgraph.TensorsLength():
        raise ValueError("no such tensor")
    return subgraph.Tensors(index)


def dtype_of(tensor: Any) -> str:
    """Return numpy's name of the element type. Raises KeyError."""
    return str(_NAMES_OF_TYPES[tensor.Type()])


def name_of(raw: bytes | None, limit: int = 120) -> str:
    """Return a name from the file, made harmless."""
    return clean((raw or b"").decode(errors="replace"), limit)


def _data_start(buffer: Any) -> int:
    table = buffer._tab  # noqa: SLF001 (the generated accessors copy the data to find this)
    return int(table.Vector(table.Offset(4)))


def _op_code(code: Any) -> OpCode:
    # Operators beyond 127 are in the newer field only; older files have the older one only.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    if number == schema.BuiltinOperator.CUSTOM:
        name = name_of(b"CUSTOM " + (code.CustomCode() or b"?"), 64)
    else:
        name = _NAMES_OF_OPS.get(number, f"OP {number}")
    return OpCode(name, code.Version())
