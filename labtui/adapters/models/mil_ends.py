"""Inputs and outputs of a Core ML model."""

from collections.abc import Iterable
from typing import Any

from labtui.core.model import TensorSpec
from labtui.core.text import clean

MAX_ENDS = 256
"""Most inputs, and most outputs, that are listed."""
_DTYPES = {65552: "float16", 65568: "float32", 65600: "float64", 131080: "int8", 131104: "int32"}
"""By the numbers of `ArrayFeatureType.ArrayDataType`."""
_CHANNELS_OF_RGB = 3
_GRAYSCALES = (10, 40)


def read_ends(description: Any) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    """Return inputs and outputs; those of the default function where there are several."""
    main = description
    if not description.input and description.functions:
        name = description.defaultFunctionName or "main"
        main = next((f for f in description.functions if f.name == name), description)
    return _specs(main.input), _specs(main.output)


def _specs(features: Iterable[Any]) -> tuple[TensorSpec, ...]:
    return tuple(map(_spec, list(features)[:MAX_ENDS]))


def _spec(feature: Any) -> TensorSpec:
    name, kind = clean(feature.name), feature.type.WhichOneof("Type")
    if kind == "multiArrayType":
        array = feature.type.multiArrayType
        return TensorSpec(name, _shape(array), _DTYPES.get(array.dataType, "unknown"))
    if kind == "imageType":
        image = feature.type.imageType
        channels = 1 if image.colorSpace in _GRAYSCALES else _CHANNELS_OF_RGB
        return TensorSpec(name, (image.height, image.width, channels), "image")
    return TensorSpec(name, (), (kind or "unknown").removesuffix("Type").lower())


def _shape(array: Any) -> tuple[int, ...]:
    """Return the shape; -1 where the model takes a range of sizes."""
    ranges = array.shapeRange.sizeRanges
    open_at = {i for i, one in enumerate(ranges) if one.lowerBound != one.upperBound}
    return tuple(-1 if i in open_at else int(size) for i, size in enumerate(array.shape))
