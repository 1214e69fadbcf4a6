"""Writes the eval set: items, labels, a few reference outputs and the manifest of them."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.demo_variants.data import CLASSES, HEIGHT, MEAN, PIXEL_SCALE, STD, WIDTH, Pairs
from scripts.demo_variants.verify import GOLDEN_ITEMS, Floats

NAME = "pairs100"
DATA_SOURCE = (
    "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (1998), "
    "doi:10.24432/C50P49, as bundled with scikit-learn"
)
DATA_LICENCE = "CC-BY-4.0"


def write_eval_set(folder: Path, items: Pairs, references: Mapping[str, Floats]) -> None:
    """Write `folder`; `references` holds each model's float logits [n, CLASSES] of the items."""
    folder.mkdir()
    golden = np.stack([logits[:GOLDEN_ITEMS] for logits in references.values()])
    arrays: dict[str, NDArray[np.generic]] = {
        "x.npy": items.pixels.numpy(),
        "y.npy": items.labels.numpy().astype(np.int32),
        "golden.npy": golden.astype(np.float32),
    }
    for name, array in arrays.items():
        np.save(folder / name, array, allow_pickle=False)
    manifest = _manifest(len(items.labels), tuple(references))
    manifest["files"] = {name: fingerprint(folder / name) for name in arrays}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def fingerprint(path: Path) -> dict[str, str | int]:
    """Return the size and the digest by which a file is known."""
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": sha256(content).hexdigest()}


def _manifest(count: int, models: tuple[str, ...]) -> dict[str, object]:
    """Return everything a runner or a reader must know of the arrays but their digests."""
    return {
        "format": 1,
        "name": NAME,
        "task": "classification",
        "count": count,
        "classes": CLASSES,
        "shape": [1, HEIGHT, WIDTH],
        "dtype": "uint8",
        "layout": "NCHW",
        "normalisation": {"scale": PIXEL_SCALE, "mean": [MEAN], "std": [STD]},
        "label_names": [f"{number:02}" for number in range(CLASSES)],
        "golden": {"models": list(models), "items": list(range(GOLDEN_ITEMS))},
        "source": DATA_SOURCE,
        "licence": DATA_LICENCE,
    }
