"""All ops by the names that MIL gives them."""

from collections.abc import Mapping
from types import MappingProxyType

from labtui.mil.ops import (
    activations,
    compression,
    conv,
    elementwise,
    matmul,
    normalisation,
    pool,
    reduction,
    resize,
    shape,
)
from labtui.mil.ops.node import Op

_FAMILIES = (
    activations, compression, conv, elementwise, matmul, normalisation, pool, reduction, resize,
    shape,
)  # fmt: skip

OPS: Mapping[str, Op] = MappingProxyType(
    {name: op for family in _FAMILIES for name, op in family.OPS.items()}
)
