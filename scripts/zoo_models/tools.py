"""The versions of everything that has a hand in a variant."""

import platform
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scripts.zoo_models.files import content_digest
from scripts.zoo_models.recipes import Format, ModelSource

_TRAINING = Path(__file__).resolve().parent.parent / "demo_variants"
_SHARED = ("torch", "numpy")
_BY_SOURCE = {"timm": ("timm",), "demo": ("scikit-learn",)}
_BY_FORMAT = {
    Format.TFLITE: ("litert-torch", "ai-edge-quantizer", "ai-edge-litert"),
    Format.COREML: ("coremltools", "scikit-learn"),
    Format.ONNX: ("onnx",),
}


def tools(model: ModelSource, format_: Format) -> dict[str, str]:
    """Return the versions by package, Python's own first; what is not installed is left out."""
    kind = model.source.partition(":")[0]
    found = {"python": platform.python_version()}
    for name in sorted({*_SHARED, *_BY_SOURCE.get(kind, ()), *_BY_FORMAT[format_]}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def conditions(model: ModelSource, format_: Format) -> dict[str, str]:
    """Return the tools, and the digests of files and programs that a model comes from."""
    files = {"weights": model.weights, "inputs": model.inputs}
    own: dict[str, str] = {name: content_digest(Path(path)) for name, path in files.items() if path}
    if model.source.startswith("demo:"):
        own["training"] = training_digest()
    return tools(model, format_) | own


def training_digest() -> str:
    """Return the digest of the programs that the demo's nets come from."""
    programs = sorted(_TRAINING.glob("*.py"))
    return sha256(b"\0".join(path.read_bytes() for path in programs)).hexdigest()
