"""What the zoo is made of: models and recipes, each a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

RECIPES = Path(__file__).resolve().parent.parent / "zoo_recipes"

Record = TypeVar("Record")


class BadZooFile(Exception):
    """A model or recipe file says something that the zoo cannot do."""


class Format(StrEnum):
    """What a variant is written as; the value is the folder of its recipes."""

    TFLITE = "tflite"
    COREML = "coreml"
    ONNX = "onnx"

    @property
    def suffix(self) -> str:
        """Of the written file or package."""
        return {"tflite": ".tflite", "coreml": ".mlpackage", "onnx": ".onnx"}[self.value]


class Scheme(StrEnum):
    """How values are made smaller."""

    NONE = "none"
    HALF = "half"
    WEIGHTS = "weights"
    """Integer weights, unpacked before they are used."""
    DYNAMIC = "dynamic"
    """Integer weights; activations are quantized with the range of each inference."""
    STATIC = "static"
    """Integer weights and activations with calibrated ranges."""
    PALETTE = "palette"
    PRUNE = "prune"


class Ranges(StrEnum):
    """How calibration turns many items into one range."""

    MIN_MAX = "min/max"
    MOVING_AVERAGE = "moving average"


@dataclass(frozen=True, slots=True)
class Quantization:
    """The settings that a converter is given; bits of 32 and 16 are floats."""

    scheme: Scheme = Scheme.NONE
    weight_bits: int = 32
    activation_bits: int = 32
    block_size: int = 0
    """Weights that share a scale; 0: one scale for each output channel."""
    sparsity: float = 0.0
    """Share of weights set to zero."""
    float_ops: tuple[str, ...] = ()
    """Types of ops that are left alone."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Where the ranges of activations come from."""

    ranges: Ranges = Ranges.MIN_MAX
    items: int = 128
    seed: int = 9


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is written."""

    name: str
    format: Format
    summary: str
    quantization: Quantization = field(default_factory=Quantization)
    calibration: Calibration | None = None
    target: str = ""
    """Core ML only: the oldest system that can read it."""
    min_snr_db: float = 20.0
    """Of the golden items' logits against the float net; less, and the result has failed."""
    min_agreement: float = 1.0
    """Share of golden items that are decided as the float net does."""
    is_naive: bool = False
    """Known to be a bad idea and made for comparison: no limit makes it fail."""

    @property
    def id(self) -> str:
        """Unique in the zoo: the format and the name."""
        return f"{self.format}/{self.name}"


@dataclass(frozen=True, slots=True)
class Qat:
    """Fake quantization of the weights in the last steps of training."""

    weight_bits: int
    steps: int
    peak_rate: float


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A net and the shapes it is converted for."""

    name: str
    source: str
    """`timm:<name>` or `demo:<net>`."""
    sizes: tuple[int, ...] = ()
    """Height and width of square inputs, the default first; empty: the net has but one shape."""
    batches: tuple[int, ...] = (1,)
    weights: str = ""
    """A state dict to load; empty: seeded random ones (timm) or trained ones (demo)."""
    inputs: str = ""
    """`.npy` of uint8 items [n, channels, h, w] to calibrate and check with; empty: seeded ones."""
    seed: int = 0
    qat: Qat | None = None


def load_models(folder: Path = RECIPES) -> tuple[ModelSource, ...]:
    """Return all models by name. Raises BadZooFile."""
    paths = sorted(folder.glob("models/*.toml"))
    return tuple(_anchored(_load(path, ModelSource, {}), path.parent) for path in paths)


def _anchored(model: ModelSource, folder: Path) -> ModelSource:
    """Return the model with its files where its own file says: relative to that."""

    def found(name: str) -> str:
        return str((folder / name).resolve()) if name else ""

    return replace(model, weights=found(model.weights), inputs=found(model.inputs))


def load_recipes(folder: Path = RECIPES) -> tuple[Recipe, ...]:
    """Return all recipes by format and name. Raises BadZooFile."""
    return tuple(
        _load(path, Recipe, {"format": format_.value})
        for format_ in Format
        for path in sorted(folder.glob(f"{format_}/*.toml"))
    )


def _load(path: Path, kind: type[Record], known: Mapping[str, Any]) -> Record:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return _record(kind, {"name": path.stem, **known, **values})
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise BadZooFile(f"{path.parent.name}/{path.name}: {error}") from error


_PARTS: Mapping[str, type[Any]] = {
    "quantization": Quantization,
    "calibration": Calibration,
    "qat": Qat,
}
_ENUMS: Mapping[str, type[StrEnum]] = {"format": Format, "scheme": Scheme, "ranges": Ranges}


def _record(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """Build a value type from a table. Raises TypeError and ValueError for what does not fit."""
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - known):
        raise ValueError(f"knows no {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return kind(**{name: _value(name, value) for name, value in values.items()})


def _value(name: str, value: Any) -> Any:
    if name in _PARTS:
        return _record(_PARTS[name], value)
    if name in _ENUMS:
        return _ENUMS[name](value)
    return tuple(value) if isinstance(value, list) else value
