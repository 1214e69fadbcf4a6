"""Finds the parts of an `.mlpackage` and parses its program; never reads its weights."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from labtui.core.text import clean
from labtui.mil.errors import BadPackage
from labtui.mil.messages import decode_error, load_messages

MAX_MANIFEST_BYTES = 1 << 20
MAX_SPEC_BYTES = 128 << 20
MAX_FILES = 1000
_MODEL_FOLDER = "@model_path"
"""How a program spells the folder that its specification lies in."""
_AGAIN = "copy or convert it again"
_KINDS = {
    "neuralNetwork": "a neural network of the old kind",
    "neuralNetworkClassifier": "a neural network of the old kind",
    "neuralNetworkRegressor": "a neural network of the old kind",
    "pipeline": "a pipeline of several models",
    "pipelineClassifier": "a pipeline of several models",
    "pipelineRegressor": "a pipeline of several models",
}


@dataclass(frozen=True, slots=True)
class Package:
    """One `.mlpackage` that holds an ML Program."""

    root: Path
    spec: Any
    """The parsed `Model` message; `spec.mlProgram` is there."""
    blobs: Mapping[str, Path]
    """Files of weights by the name that the program uses, `@model_path/weights/weight.bin`."""


def read_package(path: Path) -> Package:
    """Read the description of a package. Raises BadPackage: nothing leaves the folder."""
    try:
        model = _model_file(path)
        blobs = dict(_blobs(path, model))
        content = _read_bounded(model, MAX_SPEC_BYTES, "specification")
    except (OSError, ValueError) as error:
        raise BadPackage(f"cannot be read: {_reason(error)}.") from error
    return Package(path, _parsed(content), MappingProxyType(blobs))


def _model_file(root: Path) -> Path:
    if not stat.S_ISDIR(root.stat().st_mode):
        raise BadPackage("is no folder: an .mlpackage is one, copy all of it.")
    data = root / "Data"
    relative = _root_model(_manifest(root))
    model = data / relative
    if not model.is_file():
        raise BadPackage(f"lacks the file Data/{clean(str(relative))}: {_AGAIN}.")
    _refuse_links(root, model)
    return model


def _manifest(root: Path) -> dict[str, Any]:
    file = root / "Manifest.json"
    if not file.is_file():
        raise BadPackage(f"has no Manifest.json: it is no Core ML package, or a cut one; {_AGAIN}.")
    _refuse_links(root, file)
    content = _read_bounded(file, MAX_MANIFEST_BYTES, "manifest")
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadPackage(f"has a damaged Manifest.json: {_AGAIN}.") from error
    return manifest if isinstance(manifest, dict) else {}


def _root_model(manifest: Mapping[str, Any]) -> PurePosixPath:
    """Return where the specification lies below `Data`."""
    entries, identifier = manifest.get("itemInfoEntries"), manifest.get("rootModelIdentifier")
    entry = entries.get(identifier) if isinstance(entries, dict) and _is_text(identifier) else None
    path = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(path, str):
        raise BadPackage(f"has a Manifest.json that names no model: {_AGAIN}.")
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts or "\0" in path or not relative.parts:
        raise BadPackage(f"has a Manifest.json that leaves the package ({clean(path, 80)}).")
    return relative


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _blobs(root: Path, model: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files beside the specification and below, by their names in a program."""
    for count, file in enumerate(_files(model.parent)):
        if count >= MAX_FILES:
            raise BadPackage(f"holds more than {MAX_FILES} files: it is no Core ML package.")
        _refuse_links(root, file)
        if file != model:
            yield f"{_MODEL_FOLDER}/{file.relative_to(model.parent).as_posix()}", file


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        for name in (*names, *(name for name in folders if (Path(where) / name).is_symlink())):
            yield Path(where) / name


def _refuse_links(root: Path, file: Path) -> None:
    """Refuse a way to the file that goes over a symbolic link, which could lead anywhere."""
    parts = file.relative_to(root).parts
    ways = (root.joinpath(*parts[: depth + 1]) for depth in range(len(parts)))
    if any(way.is_symlink() for way in ways) or not stat.S_ISREG(file.stat().st_mode):
        raise BadPackage(
            f"holds something that is no plain file ({clean(parts[-1], 80)}): put a copy there."
        )


def _read_bounded(file: Path, most_bytes: int, what: str) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise BadPackage(f"has a {what} of more than {most_bytes >> 20} MiB: it is damaged.")
    return content


def _parsed(content: bytes) -> Any:
    messages = load_messages("Model_pb2")
    try:
        spec = messages.Model.FromString(content)
    except (decode_error(), RecursionError) as error:
        raise BadPackage(f"has a truncated or damaged specification: {_AGAIN}.") from error
    kind = spec.WhichOneof("Type")
    if kind == "mlProgram":
        return spec
    name = _KINDS.get(kind, f"a model of the kind {kind}" if kind else "no model")
    raise BadPackage(f"holds {name}: convert it to an ML Program (convert_to='mlprogram').")


def _reason(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    return os.strerror(code) if code else clean(str(error), 200)
