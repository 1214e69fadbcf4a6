"""The recipe beside each variant: what it was made of, how and with which tools."""

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.demo_variants.evalset import fingerprint
from scripts.demo_variants.export import CALIBRATION_ITEMS, FLOAT, PRECISIONS
from scripts.demo_variants.train import BATCH, TRAIN_SEED, Trained
from scripts.demo_variants.verify import Measured

CALIBRATION_SEED = 9
_TOOLS = ("torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert", "scikit-learn", "numpy")


@dataclass(frozen=True, slots=True)
class Variant:
    """One written file and what it is worth."""

    path: Path
    precision: str
    measured: Measured

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem


def tools() -> dict[str, str]:
    """Return the versions of everything that had a hand in the files."""
    return {"python": platform.python_version()} | {name: version(name) for name in _TOOLS}


def write_recipe(variant: Variant, source: dict[str, str], trained: Trained) -> None:
    """Write `<name>.recipe.json`; `source` is the name and digest of what it was made of."""
    record = {
        "format": 1,
        "variant": variant.name,
        **fingerprint(variant.path),
        "source": source,
        "training": {"seed": TRAIN_SEED, "batch": BATCH, **asdict(trained.budget)},
        "quantization": _quantization(variant.precision),
        "measured": _measured(variant.measured),
        "tools": tools(),
    }
    path = variant.path.with_suffix(".recipe.json")
    path.write_text(json.dumps(record, indent=1) + "\n")


def _quantization(name: str) -> dict[str, object]:
    if name == FLOAT:
        return {"weights": "float32", "activations": "float32"}
    precision = PRECISIONS[name]
    scheme: dict[str, object] = {
        "weights": precision.weights,
        "activations": precision.activations,
    }
    if precision.is_calibrated:
        scheme["calibration"] = {
            "ranges": "min/max",
            "items": CALIBRATION_ITEMS,
            "of": "training split",
            "seed": CALIBRATION_SEED,
        }
    return scheme


def _measured(measured: Measured) -> dict[str, float]:
    return {
        "items": measured.items,
        "top1": measured.top1,
        "agreement": measured.agreement,
        "snr_db": round(measured.snr_db, 1),
    }
