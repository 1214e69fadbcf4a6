"""The shelf of variants: files -> rows."""

from labtui.core.model import Variant
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.shelf import Item, Shelf
from labtui.tui.theme import Tone

VARIANTS = (
    Column("model", 12, 30, can_shrink=True),
    Column("recipe", 6, 16),
    Column("format", 6, 9, rank=3),
    Column("input", 16, 34, rank=1, can_shrink=True),
    Column("weights", 19, 34, rank=2, can_shrink=True),
    Column("params", 6, 8, is_right=True, rank=5),
    Column("size", 7, 8, is_right=True),
    Column("digest", 8, 10, rank=4),
)


def variant_rows(shelf: Shelf) -> list[Row]:
    """Return one row per model file."""
    return [
        Row(key, _variant_cells(item, key in shelf.chosen), is_marked=key in shelf.chosen)
        for key, item in shelf.items.items()
    ]


def _variant_cells(item: Item, is_chosen: bool) -> tuple[Cell, ...]:
    variant = item.variant
    if variant is None:
        says = Cell("✖ unusable", Tone.BAD) if item.error else Cell("reading…", Tone.MUTED)
        return (cell(item.path.name, Tone.MUTED), Cell(""), Cell(""), says, *[Cell("")] * 4)
    return (
        cell(variant.model, Tone.STRONG if is_chosen else Tone.MUTED),
        cell(variant.recipe or units.NOTHING, Tone.ACCENT),
        Cell(variant.format.value, Tone.MUTED),
        cell(inputs_text(variant)),
        cell(precision_text(variant)),
        Cell(_short_count(variant.parameters)),
        Cell(units.size(variant.size_bytes)),
        Cell(variant.digest[:8], Tone.MUTED),
    )


def inputs_text(variant: Variant) -> str:
    """Return shapes and types of the inputs: `1×96×96×3 float32`."""
    return ", ".join(f"{shape_text(spec.shape)} {spec.dtype}" for spec in variant.inputs)


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape; `?` where the file leaves a dimension open."""
    return "×".join("?" if size < 0 else str(size) for size in shape) or "scalar"


def precision_text(variant: Variant) -> str:
    """Return the share of constant bytes of each element type: `int8 93%, float32 7%`."""
    total = sum(size for _, size in variant.weight_bytes)
    if not total:
        return units.NOTHING
    shares = [(dtype, 100 * size / total) for dtype, size in variant.weight_bytes]
    return ", ".join(f"{dtype} {share:.0f}%" for dtype, share in shares if share >= 0.5)


def _short_count(number: int) -> str:
    if number < 1000:
        return str(number)
    return f"{number / 1e3:.0f} k" if number < 999_500 else f"{number / 1e6:.1f} M"
