"""The packages beside this file, and how tests change one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from labtui.mil.arrays import Array
from labtui.mil.messages import load_messages

FOLDER = Path(__file__).parent / "packages"
NAMES = sorted(path.name.removesuffix(".mlpackage") for path in FOLDER.glob("*.mlpackage"))
MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


def package(name: str) -> Path:
    """Return where a package lies."""
    return FOLDER / f"{name}.mlpackage"


def inputs(name: str) -> list[Array]:
    """Return its inputs, in the order of their names."""
    return list(np.load(FOLDER / f"{name}.in.npy"))


def expected(name: str) -> Array:
    """Return all its outputs one after another, in the order of their names."""
    array: Array = np.load(FOLDER / f"{name}.out.npy")
    return array


def copied(name: str, folder: Path) -> Path:
    """Return a copy that may be damaged."""
    target = folder / f"{name}.mlpackage"
    shutil.copytree(package(name), target)
    return target


def changed(name: str, folder: Path, change: Callable[[Any], None]) -> Path:
    """Return a copy whose specification has been changed."""
    target = copied(name, folder)
    spec = load_messages("Model_pb2").Model.FromString((target / MODEL).read_bytes())
    change(spec)
    (target / MODEL).write_bytes(spec.SerializeToString())
    return target


def main_block(spec: Any) -> Any:
    """Return the operations of the main function."""
    function = spec.mlProgram.functions["main"]
    return function.block_specializations[function.opset]


def set_manifest(target: Path, manifest: object) -> None:
    """Replace the manifest of a copy."""
    (target / "Manifest.json").write_text(json.dumps(manifest))
