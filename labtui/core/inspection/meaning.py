"""What the facts of a file mean: how it is compressed, what computes in what, its layout."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from labtui.core.inspection.facts import Inspection, OpGroup, Scheme, WeightGroup, WeightUse

_CONVERSIONS = frozenset({"quantize", "dequantize", "cast", "fake_quant"})
_MOVES = frozenset({
    "reshape", "transpose", "concat", "concatenation", "pad", "padv2", "mirror_pad", "slice",
    "slice_by_index", "slice_by_size", "strided_slice", "split", "split_v", "pack", "unpack",
    "stack", "squeeze", "expand_dims", "gather", "gather_nd", "shape", "tile", "identity",
    "broadcast_to", "space_to_depth", "depth_to_space", "pixel_shuffle", "call_once", "noop",
    "fill", "range", "reverse_v2",
})  # fmt: skip
"""Ops that carry numbers from one place to another."""
_CHANNELS = (1, 3, 4)
_IMAGE_RANK = 4
_WIDEST_INDEX_BITS = 8
_HALF = 0.5


class Compression(StrEnum):
    """What a recipe did to a model."""

    NONE = "none"
    FLOAT16 = "float16"
    WEIGHT_ONLY = "weight-only"
    """Weights are small in the file; all arithmetic is float."""
    DYNAMIC = "dynamic range"
    """Integer weights; activations are quantized while it runs."""
    FULL_INTEGER = "full integer"
    INT16X8 = "int16 activations"
    """16-bit activations over 8-bit weights."""
    MIXED = "mixed precision"
    """Some ops compute with integers, some with floats."""


class Layout(StrEnum):
    """Order of an image's dimensions."""

    NCHW = "NCHW"
    NHWC = "NHWC"
    UNKNOWN = "unknown"


def compression(inspection: Inspection) -> Compression:
    """Return the kind of compression, by what ops compute in and how they take weights."""
    computed = _by_kind_of_number(inspection)
    if computed["int16"]:
        return Compression.INT16X8
    if computed["int8"]:
        return Compression.MIXED if computed["float"] else Compression.FULL_INTEGER
    return _of_float_arithmetic(inspection.weights)


def _of_float_arithmetic(weights: Sequence[WeightGroup]) -> Compression:
    if not _elements(weights, is_compressed):
        half_floats = _elements(weights, lambda group: group.bits == 16)
        all_floats = _elements(weights, lambda group: "float" in group.dtype)
        is_half = half_floats and half_floats >= _HALF * all_floats
        return Compression.FLOAT16 if is_half else Compression.NONE
    hybrid = _elements(weights, lambda group: group.use is WeightUse.HYBRID)
    first = _elements(weights, lambda g: is_compressed(g) and g.use is WeightUse.DEQUANTIZED)
    return Compression.DYNAMIC if hybrid > first else Compression.WEIGHT_ONLY


def is_compressed(group: WeightGroup) -> bool:
    """Tell whether these weights take fewer bits than a float."""
    return group.is_sparse or (
        group.scheme is not Scheme.PLAIN and group.bits <= _WIDEST_INDEX_BITS
    )


def _elements(weights: Iterable[WeightGroup], counts: Callable[[WeightGroup], bool]) -> int:
    return sum(group.elements for group in weights if counts(group))


def _by_kind_of_number(inspection: Inspection) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for op in inspection.ops:
        if _computes(op):
            kinds[_kind_of_number(op.dtype)] += op.count
    return kinds


def _computes(op: OpGroup) -> bool:
    return op.name.lower() not in _CONVERSIONS | _MOVES


def _kind_of_number(dtype: str) -> str:
    if "float" in dtype:
        return "float"
    return {"int8": "int8", "uint8": "int8", "int16": "int16"}.get(dtype, "other")


def compute_mix(inspection: Inspection) -> tuple[tuple[str, int], ...]:
    """Return how many ops compute in each element type, conversions and moves aside."""
    counts: Counter[str] = Counter()
    for op in inspection.ops:
        if _computes(op):
            counts[op.dtype] += op.count
    return tuple(counts.most_common())


def float_ops(inspection: Inspection) -> tuple[tuple[str, int], ...]:
    """Return the ops that stayed float in a file where others compute with integers."""
    kinds = _by_kind_of_number(inspection)
    if not (kinds["int8"] or kinds["int16"]):
        return ()
    counts: Counter[str] = Counter()
    for op in inspection.ops:
        if _computes(op) and "float" in op.dtype:
            counts[op.name] += op.count
    return tuple(counts.most_common())


def has_integer_ends(dtypes: Iterable[str]) -> bool:
    """Tell whether inputs and outputs of these types are integers: no float enters or leaves."""
    return not any("float" in dtype or dtype.startswith("image") for dtype in dtypes)


def weights_text(inspection: Inspection) -> str:
    """Return how most weights are stored: `int8 per channel 93 %, float32 7 %`; one per cent up."""
    total = sum(group.elements for group in inspection.weights)
    shares: Counter[str] = Counter()
    for group in inspection.weights:
        shares[group_text(group)] += group.elements
    shown = [(words, 100 * count / total) for words, count in shares.most_common() if count]
    return ", ".join(f"{words} {share:.0f} %" for words, share in shown if share >= 1)


def group_text(group: WeightGroup) -> str:
    """Return in words how weights are stored: `sparse 6-bit palette`, `int4 blockwise`."""
    if group.scheme is Scheme.PALETTE:
        words = f"{group.bits}-bit palette"
    elif group.scheme is Scheme.PLAIN:
        words = group.dtype
    else:
        words = f"{group.dtype} {group.scheme.value}"
    return f"sparse {words}" if group.is_sparse else words


def layout(shape: Sequence[int]) -> Layout:
    """Guess the layout of an image input by where its 1, 3 or 4 channels stand."""
    if len(shape) != _IMAGE_RANK:
        return Layout.UNKNOWN
    is_first, is_last = shape[1] in _CHANNELS, shape[3] in _CHANNELS
    if is_first is is_last:
        return Layout.UNKNOWN
    return Layout.NCHW if is_first else Layout.NHWC
