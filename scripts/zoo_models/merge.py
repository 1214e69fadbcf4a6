"""One eval set for several nets of one task."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.zoo_models.files import fingerprint


def merge_eval_sets(sources: Sequence[Path], folder: Path, name: str) -> None:
    """Write the eval set `folder`: the items of the first one, the golden outputs of all.

    Raises ValueError when the sets are not of the same items.
    """
    manifests = [json.loads((source / "manifest.json").read_text()) for source in sources]
    first = manifests[0]
    for manifest in manifests:
        if any(manifest["files"][part] != first["files"][part] for part in ("x.npy", "y.npy")):
            raise ValueError(f"{manifest['name']} has other items than {first['name']}.")
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("x.npy", "y.npy"):
        shutil.copy(sources[0] / part, folder)
    golden = np.concatenate([np.load(source / "golden.npy") for source in sources])
    np.save(folder / "golden.npy", golden, allow_pickle=False)
    models = [model for manifest in manifests for model in manifest["golden"]["models"]]
    first |= {"name": name, "golden": first["golden"] | {"models": models}}
    first["files"]["golden.npy"] = fingerprint(folder / "golden.npy")
    (folder / "manifest.json").write_text(json.dumps(first, indent=1) + "\n")
