"""The recipe beside each variant: what it was made of, how, with which tools, and its worth."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.zoo_models.files import content_digest, size_bytes
from scripts.zoo_models.matrix import Cell
from scripts.zoo_models.measure import Measured
from scripts.zoo_models.opcount import OpCount
from scripts.zoo_models.recipes import Quantization, Recipe
from scripts.zoo_models.tools import tools


def paper_path(variant: Path) -> Path:
    """Return where a variant's recipe lies; packages keep their suffix, or fp16 would clash."""
    if variant.suffix == ".tflite":
        return variant.with_suffix(".recipe.json")
    return variant.with_name(f"{variant.name}.recipe.json")


def write_paper(
    cell: Cell, variant: Path, origin: Mapping[str, Any], measured: Measured | None, ops: OpCount
) -> None:
    """Write the recipe of a variant; figures that nobody could measure are left out."""
    record = {
        "format": 1,
        "variant": cell.name,
        "recipe": cell.recipe.id,
        "bytes": size_bytes(variant),
        "sha256": content_digest(variant),
        "source": dict(origin),
        "shape": asdict(cell.shape) if cell.model.sizes else None,
        "quantization": _settings(cell.recipe),
        "ops": {"quantized": ops.quantized, "total": ops.total, "left": dict(ops.left)},
        "measured": _measured(measured),
        "tools": tools(cell.model, cell.recipe.format),
    }
    known = {key: value for key, value in record.items() if value is not None}
    paper_path(variant).write_text(json.dumps(known, indent=1) + "\n")


def _settings(recipe: Recipe) -> dict[str, Any]:
    """Return what differs from no quantization at all."""
    plain = asdict(Quantization())
    settings = asdict(recipe.quantization)
    found = {key: value for key, value in settings.items() if value != plain[key]}
    found["scheme"] = recipe.quantization.scheme
    if recipe.target:
        found["target"] = recipe.target
    if recipe.calibration is not None:
        found["calibration"] = asdict(recipe.calibration)
    if recipe.is_naive:
        found["naive"] = True
    return found


def _measured(measured: Measured | None) -> dict[str, float] | None:
    if measured is None:
        return None
    return {
        "items": measured.items,
        "top1": measured.top1,
        "agreement": measured.agreement,
        "snr_db": round(measured.snr_db, 1),
        "golden_snr_db": round(measured.golden_snr_db, 1),
    }
