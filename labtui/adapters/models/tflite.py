"""Reads a `.tflite` file's own description of itself, without running or copying it."""

import struct
from collections import Counter
from collections.abc import Callable
from mmap import mmap
from typing import Any

from labtui.adapters.models.facts import FileFacts
from labtui.adapters.models.tflite_tables import Tables, dtype_of, name_of, tensor_at
from labtui.adapters.models.tflite_weights import Constants, read_constants
from labtui.core.inspection.facts import Inspection, OpGroup
from labtui.core.model import TensorSpec
from labtui.errors import BadVariant

IDENTIFIER = b"TFL3"
MAX_ENDS = 256
"""Most inputs, and most outputs, that are listed."""
_MAX_SIGNATURES = 64
_HEADER_BYTES = 8
_RUNTIME_METADATA = b"min_runtime_version"
_LONGEST_VERSION_BYTES = 32
_DAMAGED = (struct.error, IndexError, KeyError, TypeError, ValueError, OverflowError)


def read_tflite(content: bytes | mmap) -> FileFacts:
    """Read the facts. Raises BadVariant for anything that is not a whole TFLite file."""
    if content[4:_HEADER_BYTES] != IDENTIFIER:
        raise BadVariant("is not a TFLite file: its content is of some other kind.")
    try:
        return _facts(Tables(content))
    except _DAMAGED as error:
        raise BadVariant("is truncated or damaged: copy or convert it again.") from error


def _facts(tables: Tables) -> FileFacts:
    if tables.model.ExternalBuffersLength():
        raise BadVariant("keeps weights in other files: convert it into a single one.")
    main = tables.model.Subgraphs(0)
    ops, constants = _op_groups(tables), read_constants(tables)
    return FileFacts(
        inputs=_ends(tables, main, main.InputsLength, main.Inputs),
        outputs=_ends(tables, main, main.OutputsLength, main.Outputs),
        ops=tuple(_by_name(ops).most_common()),
        weight_bytes=constants.bytes_by_dtype,
        parameters=sum(group.elements for group in constants.weights),
        inspection=_inspection(tables, ops, constants),
    )


def _inspection(tables: Tables, ops: tuple[OpGroup, ...], constants: Constants) -> Inspection:
    return Inspection(
        format_version=tables.model.Version(),
        ops=ops,
        weights=constants.weights,
        signatures=_signatures(tables),
        declared_runtime=_declared_runtime(tables),
        duplicate_bytes=constants.duplicate_bytes,
        unused_bytes=constants.unused_bytes,
    )


def _ends(
    tables: Tables, subgraph: Any, length: Callable[[], int], tensor_of: Callable[[int], int]
) -> tuple[TensorSpec, ...]:
    listed = tables.indices(length())[:MAX_ENDS]
    return tuple(_spec(tables, tensor_at(subgraph, tensor_of(index))) for index in listed)


def _spec(tables: Tables, tensor: Any) -> TensorSpec:
    scale, zero_point = _quantization(tensor)
    return TensorSpec(
        name=name_of(tensor.Name()),
        shape=tables.shape(tensor),
        dtype=dtype_of(tensor),
        scale=scale,
        zero_point=zero_point,
    )


def _quantization(tensor: Any) -> tuple[float | None, int | None]:
    """Return scale and zero point of a tensor that has one of each."""
    quantization = tensor.Quantization()
    if quantization is None or quantization.ScaleLength() != 1:
        return None, None
    zero_point = quantization.ZeroPoint(0) if quantization.ZeroPointLength() else 0
    return float(quantization.Scale(0)), int(zero_point)


def _op_groups(tables: Tables) -> tuple[OpGroup, ...]:
    codes = tables.op_codes()
    counts: Counter[tuple[str, int, str]] = Counter()
    for subgraph in tables.subgraphs():
        for operator in tables.operators(subgraph):
            code = codes[operator.OpcodeIndex()]
            counts[code.name, code.version, _computes_in(subgraph, operator)] += 1
    return tuple(
        OpGroup(name, version, dtype, count)
        for (name, version, dtype), count in counts.most_common()
    )


def _computes_in(subgraph: Any, operator: Any) -> str:
    if not operator.OutputsLength():
        return ""
    return dtype_of(tensor_at(subgraph, operator.Outputs(0)))


def _by_name(ops: tuple[OpGroup, ...]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for op in ops:
        counts[op.name] += op.count
    return counts


def _signatures(tables: Tables) -> tuple[str, ...]:
    listed = tables.indices(tables.model.SignatureDefsLength())[:_MAX_SIGNATURES]
    return tuple(name_of(tables.model.SignatureDefs(i).SignatureKey()) for i in listed)


def _declared_runtime(tables: Tables) -> str:
    for index in tables.indices(tables.model.MetadataLength()):
        metadata = tables.model.Metadata(index)
        if metadata.Name() == _RUNTIME_METADATA:
            version = tables.bytes_at(tables.extent(metadata.Buffer()))
            return name_of(version.split(b"\0")[0][:_LONGEST_VERSION_BYTES])
    return ""
