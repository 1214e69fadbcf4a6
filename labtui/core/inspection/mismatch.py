"""Where a file is not what its name or its number of parameters lets one expect."""

import re
from collections.abc import Iterator

from labtui.core.inspection.facts import Inspection, WeightGroup

_PRECISIONS = re.compile(
    r"(?:fp|float|f)(?P<float>32|16)|(?:int|i|w|wo|lin|pal|dyn|dynamic|full|mix|mixed|q)(?P<int>[2-8])"
)
_SLACK = 1.5
"""Scales, biases and small layers that stay float take about this much in small nets."""
_GRAPH_BYTES_PER_OP = 2_000
_GRAPH_BYTES = 32_000
"""What the graph itself takes on disk, generously."""
_NOTABLE_SHARE = 0.02
_NOTABLE_BYTES = 16_000


def mismatches(inspection: Inspection, recipe: str, size_bytes: int) -> tuple[str, ...]:
    """Return a sentence for each contradiction between name, weights and size on disk."""
    return (
        *_name(inspection, recipe),
        *_waste(inspection, size_bytes),
        *_size(inspection, size_bytes),
    )


def bits_per_weight(inspection: Inspection) -> float | None:
    """Return the bits that a weight takes in the file on average; biases of integers aside."""
    counted = [group for group in inspection.weights if not _is_bias(group)]
    elements = sum(group.elements for group in counted)
    return 8 * sum(group.stored_bytes for group in counted) / elements if elements else None


def _is_bias(group: WeightGroup) -> bool:
    """Tell the 32 and 64-bit biases that go with integer weights."""
    return group.dtype in ("int32", "int64")


def bits_of_recipe(recipe: str) -> int | None:
    """Return the bits that a name promises for weights: `full8` 8, `fp16` 16; None = it does not.

    The first word that names any counts.
    """
    for word in re.split(r"[._-]", recipe.lower()):
        if word in ("i16x8", "int16x8"):
            return 8
        if found := _PRECISIONS.match(word):
            return int(found["float"] or found["int"])
    return None


def _name(inspection: Inspection, recipe: str) -> Iterator[str]:
    said, found = bits_of_recipe(recipe), bits_per_weight(inspection)
    if said is None or found is None:
        return
    if found > _SLACK * said + 1:
        yield (
            f"named {recipe}, which says {said} bits a weight, but they take {found:.1f}: "
            "part of the model was not compressed"
        )
    elif found * _SLACK < said:
        yield (
            f"named {recipe}, which says {said} bits a weight, but they take {found:.1f}: "
            "it is compressed further than its name says"
        )


def _waste(inspection: Inspection, size_bytes: int) -> Iterator[str]:
    least = max(_NOTABLE_BYTES, _NOTABLE_SHARE * size_bytes)
    if inspection.duplicate_bytes > least:
        yield (
            f"{_megabytes(inspection.duplicate_bytes)} of constants are stored twice: "
            "the converter duplicated shared weights"
        )
    if inspection.unused_bytes > least:
        yield f"{_megabytes(inspection.unused_bytes)} of constants are used by nothing"


def _size(inspection: Inspection, size_bytes: int) -> Iterator[str]:
    """Compare the size on disk with parameters x bits; what `_waste` names is not named again."""
    weights_bytes = sum(group.elements * group.bits / 8 for group in inspection.weights)
    stored_bytes = sum(group.stored_bytes for group in inspection.weights)
    known_bytes = inspection.duplicate_bytes + inspection.unused_bytes
    graph_bytes = _GRAPH_BYTES + _GRAPH_BYTES_PER_OP * sum(op.count for op in inspection.ops)
    need_bytes = max(weights_bytes, stored_bytes)
    if size_bytes > 1.1 * (need_bytes + known_bytes) + graph_bytes:
        yield (
            f"takes {_megabytes(size_bytes)} on disk, but its weights need only "
            f"{_megabytes(need_bytes)}: something else fills the file"
        )


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"
