"""The weights of a MIL program: how they are compressed, and what they stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labtui.adapters.models.mil_values import CONST, CONSTEXPR, Op, Value
from labtui.core.inspection.facts import Scheme, WeightUse

_NUMBERS = (
    "indices", "indices_nonzero_data", "data", "quantized_data", "nonzero_data", "source_val",
)  # fmt: skip
"""Parameters of constexpr ops that hold the weights' own numbers, the deepest first."""
_LUT_BITS = {1 << bits: bits for bits in (1, 2, 3, 4, 6, 8)}
_PACKED_LUT_RANK = 1


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor of weights, and the constants it is stored as."""

    dtype: str
    scheme: Scheme
    use: WeightUse
    is_sparse: bool
    elements: int
    stored: tuple[Value, ...]

    @property
    def stored_bytes(self) -> int:
        """Bytes that its constants take: tables, scales and masks among them."""
        return sum(value.packed_bytes for value in self.stored)


def read_weights(ops: Sequence[Op]) -> list[Weight]:
    """Return the weights of one block in the order of their use, each once."""
    made_by = {name: op for op in ops if op.is_constant for name, _ in op.outputs}
    read = dict.fromkeys(name for op in ops if not op.is_constant for _, name in op.names)
    found = [_weight(name, made_by) for name in read if name in made_by]
    inline = [_plain(value) for op in ops if not op.is_constant for value in op.constants.values()]
    return [weight for weight in (*found, *inline) if weight is not None]


def _weight(name: str, made_by: Mapping[str, Op]) -> Weight | None:
    op = made_by[name]
    if op.type == CONST:
        return _plain(op.constants.get("val"))
    return _compressed(dict(op.outputs)[name], _chain(name, made_by))


def _plain(value: Value | None) -> Weight | None:
    """Return a weight that is stored as it is; None for what only says how an op works."""
    if value is None or "float" not in value.dtype or not value.shape:
        return None
    return Weight(value.dtype, Scheme.PLAIN, WeightUse.FLOAT, False, value.elements, (value,))


def _chain(name: str, made_by: Mapping[str, Op]) -> list[Op]:
    """Return the constant ops behind a value, each once; the last one first."""
    waiting, found = [name], dict[int, Op]()
    while waiting:
        op = made_by.get(waiting.pop())
        if op is not None and id(op) not in found:
            found[id(op)] = op
            waiting += [source for _, source in op.names]
    return list(found.values())


def _compressed(dense: Value, chain: Sequence[Op]) -> Weight:
    given: dict[str, Value] = {}
    for op in chain:
        given |= _given(op, chain)
    is_palette = any("lut" in op.type for op in chain)
    numbers = next((given[key] for key in _NUMBERS if key in given), dense)
    stored = [value for op in chain for value in op.constants.values() if value.shape]
    return Weight(
        dtype=_index_dtype(given["lut"], numbers) if "lut" in given else numbers.dtype,
        scheme=Scheme.PALETTE if is_palette else _scheme(given.get("scale"), dense),
        use=WeightUse.DEQUANTIZED,
        is_sparse=any("sparse" in op.type for op in chain),
        elements=dense.elements,
        stored=tuple(stored),
    )


def _given(op: Op, chain: Sequence[Op]) -> dict[str, Value]:
    """Return what a constexpr op is given by parameter, constants that have a name included."""
    if not op.type.startswith(CONSTEXPR):
        return {}
    named = {name: o.constants["val"] for o in chain if o.type == CONST and "val" in o.constants
             for name, _ in o.outputs}  # fmt: skip
    return {**op.constants, **{key: named[name] for key, name in op.names if name in named}}


def _index_dtype(lut: Value, indices: Value) -> str:
    """Return the type of a palette's indices: older opsets pack them into bytes of one row."""
    bits = _LUT_BITS.get(lut.elements)
    is_packed = len(lut.shape) == _PACKED_LUT_RANK and bits is not None
    return f"uint{bits}" if is_packed else indices.dtype


def _scheme(scale: Value | None, dense: Value) -> Scheme:
    """Tell by its scales how a tensor is quantized; plain when it has none."""
    if scale is None:
        return Scheme.PLAIN
    if scale.elements == 1:
        return Scheme.PER_TENSOR
    if len(scale.shape) < len(dense.shape):
        return Scheme.PER_CHANNEL
    sizes = zip(scale.shape, dense.shape, strict=False)
    is_blockwise = any(1 < blocks < size for blocks, size in sizes)
    return Scheme.BLOCKWISE if is_blockwise else Scheme.PER_CHANNEL
