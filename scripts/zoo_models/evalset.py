"""Writes eval sets: items, labels, reference outputs of the golden ones and the manifest."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.zoo_models.files import fingerprint
from scripts.zoo_models.floatnet import GOLDEN_ITEMS, FloatNet, Floats


def write_eval_set(
    folder: Path, name: str, net: FloatNet, references: Mapping[str, Floats]
) -> None:
    """Write `folder`; `references` holds each model's logits [n, classes] of the net's items.

    Without labels the choice of the first model stands for them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    golden = np.stack([logits[:GOLDEN_ITEMS] for logits in references.values()])
    labels = labels_of(net, next(iter(references.values())))
    arrays: dict[str, NDArray[np.generic]] = {
        "x.npy": net.items.pixels.numpy(),
        "y.npy": labels.astype(np.int32),
        "golden.npy": golden.astype(np.float32),
    }
    for file_name, array in arrays.items():
        np.save(folder / file_name, array, allow_pickle=False)
    manifest = _manifest(name, net, golden.shape[2], tuple(references))
    manifest["files"] = {name: fingerprint(folder / name) for name in arrays}
    unfinished = folder / "manifest.json.unfinished"
    unfinished.write_text(json.dumps(manifest, indent=1) + "\n")
    unfinished.replace(folder / "manifest.json")


def labels_of(net: FloatNet, reference: Floats) -> NDArray[np.int32]:
    """Return the labels, or where there are none what the float net decides."""
    known = net.items.labels
    labels = reference.argmax(axis=1) if known is None else known.numpy()
    return np.asarray(labels, dtype=np.int32)


def _manifest(name: str, net: FloatNet, classes: int, models: tuple[str, ...]) -> dict[str, object]:
    """Return everything a runner or a reader must know of the arrays but their digests."""
    count, *shape = net.items.pixels.shape
    labels = net.items.label_names or tuple(str(number) for number in range(classes))
    return {
        "format": 1,
        "name": name,
        "task": "classification",
        "count": count,
        "classes": classes,
        "shape": shape,
        "dtype": "uint8",
        "layout": "NCHW",
        "normalisation": asdict(net.normalisation),
        "label_names": labels,
        "golden": {"models": models, "items": list(range(GOLDEN_ITEMS))},
        "source": net.items.source,
        "licence": net.items.licence,
    }
