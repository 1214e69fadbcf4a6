"""How many threads numpy's matrix products take."""

import ctypes
from pathlib import Path

import numpy as np

_LIBRARIES = ("../numpy.libs/*openblas*", ".dylibs/*openblas*")
"""Where the wheels keep OpenBLAS, from numpy's own folder."""
_SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


def set_blas_threads(count: int) -> bool:
    """Let matrix products take `count` threads; False where numpy's library cannot be told.

    The library reads its environment variable when numpy is imported, long before a job says how
    many threads it wants.
    """
    folder = Path(np.__file__).parent
    for path in (path for pattern in _LIBRARIES for path in folder.glob(pattern)):
        library = ctypes.CDLL(str(path))
        for name in _SETTERS:
            setter = getattr(library, name, None)
            if setter is not None:
                setter(ctypes.c_int(count))
                return True
    return False
