"""`labtui variants inspect`: what is known of model files; and how commands load them."""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from labtui.cli.output import plain, print_document, print_table, size
from labtui.cli.settings import Settings
from labtui.core.inspection.meaning import group_text
from labtui.core.inspection.summary import report, summary
from labtui.core.model import TensorSpec, Variant
from labtui.errors import UsageError
from labtui.ports import ModelInspector
from labtui.resources import demo_data

_SUFFIXES = {".tflite", ".mlpackage"}


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what the files say of themselves."""
    paths = expand(arguments.paths)
    if not paths:
        raise UsageError("There is no .tflite file and no .mlpackage in there: name one.")
    variants = asyncio.run(_inspect(paths))
    if settings.as_json:
        print_document("variants", variants=[_record(variant) for variant in variants])
        return 0
    for variant in variants:
        print_table(("property", "value"), _properties(variant), settings, title=variant.path)
        _print_contents(variant, settings)
    return 0


async def _inspect(paths: Sequence[Path]) -> tuple[Variant, ...]:
    from labtui.adapters.models.inspector import ChildInspector  # noqa: PLC0415 (heavy)

    return await load(paths, ChildInspector())


async def load(paths: Iterable[Path], inspector: ModelInspector) -> tuple[Variant, ...]:
    """Inspect files in order. Raises BadVariant for the first that cannot be used."""
    return tuple([await inspector.inspect(path) for path in paths])


def expand(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Replace folders by the variants directly inside them, in the order of their names.

    Paths become absolute, so that a stored plan finds its files from any folder.
    """
    found: list[Path] = []
    for path in paths:
        is_folder = path.is_dir() and path.suffix not in _SUFFIXES
        found += sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES) if is_folder else [path]
    return tuple(path.absolute() for path in found)


def demo_variants() -> tuple[Path, ...]:
    """Return the variants that come with labtui."""
    return expand([demo_data() / "variants"])


def _properties(variant: Variant) -> list[tuple[str, str]]:
    return [
        ("model", variant.model),
        ("recipe", variant.recipe or "-"),
        ("format", variant.format.value),
        ("size", size(variant.size_bytes)),
        ("parameters", f"{variant.parameters:,}"),
        ("sha256", variant.digest),
        *(("input", _tensor(t)) for t in variant.inputs),
        *(("output", _tensor(t)) for t in variant.outputs),
        *((line.label, line.text) for line in report(variant)),
    ]


def _record(variant: Variant) -> dict[str, Any]:
    return {**plain(variant), "meaning": plain(summary(variant))}


def _print_contents(variant: Variant, settings: Settings) -> None:
    """Print what is in the file, kind by kind."""
    found = variant.inspection
    if found is None:
        return
    print_table(
        ("weights", "tensors#", "elements#", "stored", "taken"),
        (
            (group_text(g), f"{g.tensors:,}", f"{g.elements:,}", size(g.stored_bytes), g.use.value)
            for g in found.weights
        ),
        settings,
    )
    print_table(
        ("op", "version#", "computes in", "count#"),
        (
            (op.name, "" if op.version is None else str(op.version), op.dtype, str(op.count))
            for op in found.ops
        ),
        settings,
    )


def _tensor(tensor: TensorSpec) -> str:
    shape = "x".join(map(str, tensor.shape))
    quantized = "" if tensor.scale is None else f" scale {tensor.scale:g} zero {tensor.zero_point}"
    return f"{tensor.name} {tensor.dtype} {shape}{quantized}"
