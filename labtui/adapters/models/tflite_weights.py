"""The constants of a `.tflite` file: which are weights, how they are stored, and who reads them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from labtui.adapters.models.duplicates import Extent, duplicate_bytes
from labtui.adapters.models.tflite_tables import OpCode, Tables, dtype_of, tensor_at
from labtui.core.inspection.facts import Scheme, WeightGroup, WeightUse


@dataclass(frozen=True, slots=True)
class Constants:
    """What a file stores besides its graph."""

    bytes_by_dtype: tuple[tuple[str, int], ...]
    weights: tuple[WeightGroup, ...]
    duplicate_bytes: int
    unused_bytes: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """What weights of one group have in common."""

    dtype: str
    scheme: Scheme
    use: WeightUse
    is_sparse: bool


@dataclass(slots=True)
class _Tally:
    """What adds up over one group."""

    tensors: int = 0
    elements: int = 0
    stored_bytes: int = 0


def read_constants(tables: Tables) -> Constants:
    """Return what is known of the constants, each buffer counted once; raises as `Tables` does."""
    bytes_by_dtype: Counter[str] = Counter()
    tallies: defaultdict[_Kind, _Tally] = defaultdict(_Tally)
    extents: dict[int, Extent] = {}
    codes = tables.op_codes()
    for subgraph in tables.subgraphs():
        uses, scales = _uses(tables, subgraph, codes), set(_scales_of_blocks(tables, subgraph))
        for index, tensor in enumerate(tables.tensors(subgraph)):
            if (number := tensor.Buffer()) in extents:
                continue
            extents[number] = tables.extent(number)
            if size_bytes := extents[number].size_bytes:
                bytes_by_dtype[dtype_of(tensor)] += size_bytes
                if index not in scales:
                    _count(tables, tensor, size_bytes, uses.get(index), tallies)
    return Constants(
        tuple(bytes_by_dtype.most_common()),
        _groups(tallies),
        duplicate_bytes(tables.content, extents.values()),
        _unused_bytes(tables, extents.keys()),
    )


def _count(
    tables: Tables,
    tensor: Any,
    size_bytes: int,
    use: WeightUse | None,
    tallies: defaultdict[_Kind, _Tally],
) -> None:
    dtype, scheme = dtype_of(tensor), _scheme(tensor)
    if scheme is Scheme.PLAIN and "float" not in dtype:
        return  # shapes, axes, permutations: they say how, and are no weights
    if use is None or (scheme is Scheme.PLAIN and use is not WeightUse.DEQUANTIZED):
        use = WeightUse.FLOAT
    tally = tallies[_Kind(dtype, scheme, use, tensor.Sparsity() is not None)]
    tally.tensors += 1
    tally.elements += prod(tables.shape(tensor))
    tally.stored_bytes += size_bytes


def _scheme(tensor: Any) -> Scheme:
    quantization = tensor.Quantization()
    if quantization is None:
        return Scheme.PLAIN
    if quantization.DetailsType() == schema.QuantizationDetails.BlockwiseQuantization:
        return Scheme.BLOCKWISE
    scales = quantization.ScaleLength()
    if not scales:
        return Scheme.PLAIN
    return Scheme.PER_TENSOR if scales == 1 else Scheme.PER_CHANNEL


def _scales_of_blocks(tables: Tables, subgraph: Any) -> Iterator[int]:
    """Yield the tensors that hold scales: those of blocks are tensors of their own."""
    for tensor in tables.tensors(subgraph):
        if _scheme(tensor) is Scheme.BLOCKWISE:
            details, table = schema.BlockwiseQuantization(), tensor.Quantization().Details()
            if table is None:
                raise ValueError("blocks without scales")
            details.Init(table.Bytes, table.Pos)
            yield details.Scales()


def _uses(tables: Tables, subgraph: Any, codes: Sequence[OpCode]) -> dict[int, WeightUse]:
    """Return how ops take each tensor that they read, by the tensor's index."""
    uses: dict[int, WeightUse] = {}
    for operator in tables.operators(subgraph):
        if operator.OutputsLength():
            output = dtype_of(tensor_at(subgraph, operator.Outputs(0)))
            use = _use(codes[operator.OpcodeIndex()].name, output)
            for index in tables.indices(operator.InputsLength()):
                uses.setdefault(operator.Inputs(index), use)
    return uses


def _use(op: str, output: str) -> WeightUse:
    if op == "DEQUANTIZE":
        return WeightUse.DEQUANTIZED
    return WeightUse.HYBRID if "float" in output else WeightUse.INTEGER


def _groups(tallies: defaultdict[_Kind, _Tally]) -> tuple[WeightGroup, ...]:
    groups = [
        WeightGroup(
            kind.dtype, kind.scheme, kind.use, kind.is_sparse,
            tally.tensors, tally.elements, tally.stored_bytes,
        )
        for kind, tally in tallies.items()
    ]  # fmt: skip
    return tuple(sorted(groups, key=lambda group: -group.stored_bytes))


def _unused_bytes(tables: Tables, used: Iterable[int]) -> int:
    """Return the bytes of buffers that neither a tensor nor the metadata names."""
    named = {*used, *_metadata_buffers(tables)}
    numbers = tables.indices(tables.model.BuffersLength())
    return sum(tables.extent(number).size_bytes for number in numbers if number not in named)


def _metadata_buffers(tables: Tables) -> Iterable[int]:
    model = tables.model
    for index in tables.indices(model.MetadataLength()):
        yield model.Metadata(index).Buffer()
