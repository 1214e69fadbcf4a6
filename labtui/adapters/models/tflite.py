"""Reads a `.tflite` file's own description of itself, without running or copying it."""

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from math import prod
from mmap import mmap
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from labtui.adapters.models.facts import FileFacts
from labtui.core.model import TensorSpec
from labtui.core.text import clean
from labtui.errors import BadVariant

IDENTIFIER = b"TFL3"
MAX_ENDS = 256
"""Most inputs, and most outputs, that are listed."""
_HEADER_BYTES = 8
_OFFSET_BYTES = 4
_NAMES_OF_TYPES = {
    number: name.lower() for name, number in vars(schema.TensorType).items() if name.isupper()
}
_NAMES_OF_OPS = {
    number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()
}
_DAMAGED = (struct.error, IndexError, KeyError, TypeError, ValueError, OverflowError)


def read_tflite(content: bytes | mmap) -> FileFacts:
    """Read the facts. Raises BadVariant for anything that is not a whole TFLite file."""
    if content[4:_HEADER_BYTES] != IDENTIFIER:
        raise BadVariant("is not a TFLite file: its content is of some other kind.")
    try:
        return _Reader(content).facts()
    except _DAMAGED as error:
        raise BadVariant("is truncated or damaged: copy or convert it again.") from error


class _Reader:
    """Walks the tables of one file."""

    def __init__(self, content: bytes | mmap) -> None:
        self._size_bytes = len(content)
        self._content = content
        self._model = schema.Model.GetRootAs(content)
        if not self._model.SubgraphsLength():
            raise ValueError("no subgraph")

    def facts(self) -> FileFacts:
        main = self._model.Subgraphs(0)
        weight_bytes, parameters = self._weights()
        return FileFacts(
            inputs=self._ends(main, main.InputsLength, main.Inputs),
            outputs=self._ends(main, main.OutputsLength, main.Outputs),
            ops=tuple(self._ops().most_common()),
            weight_bytes=tuple(weight_bytes.most_common()),
            parameters=parameters,
        )

    def _indices(self, length: int) -> range:
        """Return the indices of a vector; each element takes 4 bytes of the file or more."""
        if length * _OFFSET_BYTES > self._size_bytes:
            raise ValueError("a vector longer than the file")
        return range(length)

    def _subgraphs(self) -> Iterator[Any]:
        for index in self._indices(self._model.SubgraphsLength()):
            yield self._model.Subgraphs(index)

    def _ends(
        self, subgraph: Any, length: Callable[[], int], tensor_of: Callable[[int], int]
    ) -> tuple[TensorSpec, ...]:
        listed = self._indices(length())[:MAX_ENDS]
        return tuple(self._spec(_tensor(subgraph, tensor_of(index))) for index in listed)

    def _spec(self, tensor: Any) -> TensorSpec:
        scale, zero_point = _quantization(tensor)
        return TensorSpec(
            name=clean((tensor.Name() or b"").decode(errors="replace")),
            shape=self._shape(tensor),
            dtype=_NAMES_OF_TYPES[tensor.Type()],
            scale=scale,
            zero_point=zero_point,
        )

    def _shape(self, tensor: Any) -> tuple[int, ...]:
        if signature_length := tensor.ShapeSignatureLength():
            return tuple(tensor.ShapeSignature(i) for i in self._indices(signature_length))
        return tuple(tensor.Shape(i) for i in self._indices(tensor.ShapeLength()))

    def _ops(self) -> Counter[str]:
        codes = self._indices(self._model.OperatorCodesLength())
        names = [_op_name(self._model.OperatorCodes(index)) for index in codes]
        counts: Counter[str] = Counter()
        for subgraph in self._subgraphs():
            for index in self._indices(subgraph.OperatorsLength()):
                counts[names[subgraph.Operators(index).OpcodeIndex()]] += 1
        return counts

    def _weights(self) -> tuple[Counter[str], int]:
        """Return constant bytes by element type, and the number of weights."""
        bytes_of: Counter[str] = Counter()
        parameters = 0
        seen: set[int] = set()
        for subgraph in self._subgraphs():
            for index in self._indices(subgraph.TensorsLength()):
                tensor = subgraph.Tensors(index)
                if (number := tensor.Buffer()) in seen:
                    continue
                seen.add(number)
                if size_bytes := self._buffer_bytes(number):
                    dtype = _NAMES_OF_TYPES[tensor.Type()]
                    bytes_of[dtype] += size_bytes
                    if _is_weight(tensor, dtype):
                        parameters += prod(self._shape(tensor))
        return bytes_of, parameters

    def _buffer_bytes(self, number: int) -> int:
        """Return a buffer's size, having checked that the file holds all of it."""
        if not 0 <= number < self._model.BuffersLength():
            raise ValueError("no such buffer")
        buffer = self._model.Buffers(number)
        # Large files keep their weights behind the flatbuffer, at an offset from its start.
        offset, size_bytes = buffer.Offset(), buffer.Size()
        if offset <= 1:
            size_bytes = buffer.DataLength()
            offset = _data_start(buffer) if size_bytes else 0
        if offset + size_bytes > self._size_bytes:
            raise ValueError("a buffer beyond the end of the file")
        return int(size_bytes)


def _data_start(buffer: Any) -> int:
    table = buffer._tab  # noqa: SLF001 (the generated accessors copy the data to find this)
    return int(table.Vector(table.Offset(4)))


def _tensor(subgraph: Any, index: int) -> Any:
    if not 0 <= index < subgraph.TensorsLength():
        raise ValueError("no such tensor")
    return subgraph.Tensors(index)


def _quantization(tensor: Any) -> tuple[float | None, int | None]:
    """Return scale and zero point of a tensor that has one of each."""
    quantization = tensor.Quantization()
    if quantization is None or quantization.ScaleLength() != 1:
        return None, None
    zero_point = quantization.ZeroPoint(0) if quantization.ZeroPointLength() else 0
    return float(quantization.Scale(0)), int(zero_point)


def _is_weight(tensor: Any, dtype: str) -> bool:
    """Tell weights from the constants that only say how (shapes, axes, permutations)."""
    quantization = tensor.Quantization()
    is_quantised = quantization is not None and quantization.ScaleLength() > 0
    return is_quantised or "float" in dtype


def _op_name(code: Any) -> str:
    # Operators beyond 127 are in the newer field only; older files have the older one only.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    if number == schema.BuiltinOperator.CUSTOM:
        return clean(f"CUSTOM {(code.CustomCode() or b'?').decode(errors='replace')}", 64)
    return str(_NAMES_OF_OPS.get(number, f"OP {number}"))
