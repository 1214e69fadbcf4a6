"""The lines of a variant's details."""

from textwrap import wrap

from labtui.core.inspection.summary import Line, report
from labtui.core.model import TensorSpec, Variant
from labtui.core.text import clean
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, entry
from labtui.tui.shelf import Item
from labtui.tui.theme import Tone
from labtui.tui.views.variants import shape_text

_LABEL_WIDTH = 12
_TEXT_WIDTH = 80 - 2 - _LABEL_WIDTH - 2
"""What is left of the narrowest screen beside the label and the border."""


def variant_lines(item: Item) -> list[PageLine]:
    """Return what is known of a file, or why it cannot be used."""
    lines = _paragraph("file", str(item.path))
    if item.error:
        return [*lines, *_paragraph("unusable", item.error, Tone.BAD)]
    if item.variant is None:
        return [*lines, entry("", Cell("reading…", Tone.MUTED), width=_LABEL_WIDTH)]
    return [*lines, *_known(item.variant)]


def _known(variant: Variant) -> list[PageLine]:
    parameters = f"{units.count(variant.parameters)}, {units.size(variant.size_bytes)} on disk"
    ops = ", ".join(f"{name} × {count}" for name, count in variant.ops)
    return [
        *_paragraph("parameters", parameters),
        *(line for fact in report(variant) for line in _fact(fact)),
        *(line for spec in variant.inputs for line in _paragraph("input", tensor_text(spec))),
        *(line for spec in variant.outputs for line in _paragraph("output", tensor_text(spec))),
        *_paragraph("ops", ops),
        *_paragraph("SHA-256", variant.digest, Tone.MUTED),
    ]


def _fact(fact: Line) -> list[PageLine]:
    return _paragraph(fact.label, fact.text, Tone.WARN if fact.is_warning else Tone.PLAIN)


def _paragraph(label: str, text: str, tone: Tone = Tone.PLAIN) -> list[PageLine]:
    """Return a labelled text on as many lines as it needs."""
    parts = wrap(clean(text, 2000), _TEXT_WIDTH) or [""]
    labels = [label] + [""] * (len(parts) - 1)
    return [
        entry(name, cell(part, tone), width=_LABEL_WIDTH)
        for name, part in zip(labels, parts, strict=True)
    ]


def tensor_text(spec: TensorSpec) -> str:
    """Return an input or output in one line."""
    scale = "" if spec.scale is None else f"  scale {spec.scale:.6g}, zero point {spec.zero_point}"
    return f"{shape_text(spec.shape)} {spec.dtype}  {spec.name}{scale}"
