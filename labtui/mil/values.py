"""Constants of a program: written into it, or kept in a file of weights."""

from typing import Any

import numpy as np

from labtui.mil.arrays import Array, held_dtype
from labtui.mil.blobs import Blobs, unpacked
from labtui.mil.errors import BadPackage
from labtui.mil.types import TensorType, tensor_type

Constant = Array | str | list[str]


def constant(message: Any, blobs: Blobs) -> Constant:
    """Read a `Value`; numbers come as an array, words as text. Raises BadPackage."""
    wanted = _type(message)
    kind = message.WhichOneof("value")
    if kind == "blobFileValue":
        where = message.blobFileValue
        return blobs.read(where.fileName, where.offset, wanted)
    if kind != "immediateValue" or message.immediateValue.WhichOneof("value") != "tensor":
        raise BadPackage("has a constant that is no tensor: it cannot be run here.")
    return _immediate(message.immediateValue.tensor, wanted)


def constant_type(message: Any) -> TensorType:
    """Return the type of a `Value`. Raises BadPackage."""
    return _type(message)


def _type(message: Any) -> TensorType:
    try:
        found = tensor_type(message.type)
    except BadPackage as error:
        raise BadPackage(f"has a constant that {error}") from error
    if min(found.shape, default=0) < 0:
        raise BadPackage("has a constant without a size: it is damaged.")
    return found


def _immediate(tensor: Any, wanted: TensorType) -> Constant:
    kind = tensor.WhichOneof("value")
    if kind is None and wanted.count == 0:
        return np.zeros(wanted.shape, held_dtype(wanted.dtype))
    if kind is None:
        raise BadPackage("has a constant without a value: it is damaged.")
    values = getattr(tensor, kind).values
    if wanted.dtype == "string":
        return _words(kind, values, wanted)
    if kind == "bytes":
        return unpacked(values, wanted)
    if kind == "strings" or len(values) != wanted.count:
        raise BadPackage("has a constant of the wrong size: it is damaged, convert it again.")
    return np.array(values, dtype=held_dtype(wanted.dtype)).reshape(wanted.shape)


def _words(kind: str, values: Any, wanted: TensorType) -> Constant:
    if kind != "strings" or len(values) != wanted.count:
        raise BadPackage("has a constant of the wrong size: it is damaged, convert it again.")
    words = [str(word) for word in values]
    return words if wanted.shape else words[0]
