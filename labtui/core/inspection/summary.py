"""A variant's facts and their meaning in one place, and as lines for people."""

from collections.abc import Iterator
from dataclasses import dataclass

from labtui.core.inspection.facts import Inspection
from labtui.core.inspection.meaning import (
    Compression,
    Layout,
    compression,
    compute_mix,
    float_ops,
    has_integer_ends,
    layout,
    weights_text,
)
from labtui.core.inspection.mismatch import bits_per_weight, mismatches
from labtui.core.inspection.needs import foreign_ops, minimum_ios
from labtui.core.model import TensorSpec, Variant, VariantFormat


@dataclass(frozen=True, slots=True)
class Summary:
    """What the facts of one variant mean."""

    compression: Compression
    is_full_integer: bool
    """Whether no float is computed with, nor enters or leaves."""
    weights: str
    """How they are stored, in words."""
    bits_per_weight: float | None
    compute_mix: tuple[tuple[str, int], ...]
    """Element type -> number of ops that compute in it."""
    float_ops: tuple[tuple[str, int], ...]
    """Ops that stayed float among integers."""
    layouts: tuple[Layout, ...]
    """A guess for each input."""
    minimum_ios: int | None
    """None for files that no iOS version is known for."""
    foreign_ops: tuple[str, ...]
    """Ops that stock LiteRT lacks."""
    mismatches: tuple[str, ...]
    """Sentences: where the file is not what name and size let one expect."""


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line of a report."""

    label: str
    text: str
    is_warning: bool = False


def summary(variant: Variant) -> Summary | None:
    """Return what is known; None for a variant that nobody has looked into."""
    inspection = variant.inspection
    if inspection is None:
        return None
    kind = compression(inspection)
    ends = (end.dtype for end in (*variant.inputs, *variant.outputs))
    is_package = variant.format is VariantFormat.MLPACKAGE
    return Summary(
        compression=kind,
        is_full_integer=kind is Compression.FULL_INTEGER and has_integer_ends(ends),
        weights=weights_text(inspection),
        bits_per_weight=bits_per_weight(inspection),
        compute_mix=compute_mix(inspection),
        float_ops=float_ops(inspection),
        layouts=tuple(_layout(end) for end in variant.inputs),
        minimum_ios=minimum_ios(inspection) if is_package else None,
        foreign_ops=() if is_package else foreign_ops(inspection),
        mismatches=mismatches(inspection, variant.recipe, variant.size_bytes),
    )


def _layout(end: TensorSpec) -> Layout:
    return Layout.UNKNOWN if end.dtype == "image" else layout(end.shape)


def report(variant: Variant) -> tuple[Line, ...]:
    """Return what is known of a variant's inside as lines, contradictions first."""
    known = summary(variant)
    if known is None or variant.inspection is None:
        return ()
    return (
        *(Line("mismatch", text, is_warning=True) for text in known.mismatches),
        *_arithmetic(known),
        *_needs(variant, known),
        *_origin(variant.inspection),
    )


def _arithmetic(known: Summary) -> Iterator[Line]:
    whole = ", inputs and outputs too" if known.is_full_integer else ""
    yield Line("compression", f"{known.compression.value}{whole}")
    if known.bits_per_weight is not None:
        yield Line("stored", f"{known.weights}; {known.bits_per_weight:.1f} bits a weight")
    ops = ", ".join(f"{dtype} ({_ops(count)})" for dtype, count in known.compute_mix)
    yield Line("computes in", ops or "-")
    if known.float_ops:
        yield Line("still float", ", ".join(f"{name} × {n}" for name, n in known.float_ops))
    for guess in dict.fromkeys(known.layouts):
        if guess is not Layout.UNKNOWN:
            yield Line("layout", f"{guess.value}, by its shape")


def _ops(count: int) -> str:
    return "1 op" if count == 1 else f"{count} ops"


def _needs(variant: Variant, known: Summary) -> Iterator[Line]:
    if known.minimum_ios is not None:
        yield Line("needs", f"iOS {known.minimum_ios} or newer ({_core_ml(variant)})")
    elif variant.format is VariantFormat.MLPACKAGE:
        yield Line("needs", f"an iOS version that is not known here ({_core_ml(variant)})")
    if known.foreign_ops:
        names = ", ".join(known.foreign_ops)
        yield Line("needs", f"ops that stock LiteRT lacks: {names}", is_warning=True)


def _core_ml(variant: Variant) -> str:
    found = variant.inspection
    return f"specification {found.format_version}, opset {found.opset}" if found else ""


def _origin(found: Inspection) -> Iterator[Line]:
    if found.declared_runtime:
        claim = f"runtime {found.declared_runtime} (the converter's claim, often wrong)"
        yield Line("declared", claim)
    if found.signatures:
        yield Line("signatures", ", ".join(found.signatures))
    if found.tools:
        yield Line("made by", ", ".join(f"{name} {version}" for name, version in found.tools))
