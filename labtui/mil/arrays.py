"""Arrays of any element type, and how the executor holds MIL's element types in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
F32 = NDArray[np.float32]
Index = tuple[Any, ...]
"""Slices, numbers and an ellipsis."""

_HELD_AS = {"float16": "float32", "int4": "int8", "bool": "bool"} | dict.fromkeys(
    ("uint1", "uint2", "uint3", "uint4", "uint6"), "uint8"
)


def held_dtype(dtype: str) -> np.dtype[Any]:
    """Return the numpy type that values of a MIL type are computed in.

    Half floats are held as single ones that are rounded after each op: numpy has no arithmetic of
    its own for them and is ten times slower. Types of less than a byte take one.
    """
    return np.dtype(_HELD_AS.get(dtype, dtype))
