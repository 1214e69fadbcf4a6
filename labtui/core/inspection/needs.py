"""What a file needs from the engine and the system that shall run it."""

import re

from labtui.core.inspection.facts import Inspection

_IOS_OF_SPECIFICATION = {6: 15, 7: 16, 8: 17, 9: 18, 10: 26}
"""Core ML's specification version -> the first iOS that reads it."""
_STOCK_CUSTOM_OPS = frozenset(
    {"AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"}
)
"""Custom ops that LiteRT's own resolver registers."""
_CUSTOM = "CUSTOM "
_UNNAMED_OP = re.compile(r"OP \d+")


def minimum_ios(inspection: Inspection) -> int | None:
    """Return the first iOS that runs a Core ML package; None when its version is not known."""
    return _IOS_OF_SPECIFICATION.get(inspection.format_version)


def foreign_ops(inspection: Inspection) -> tuple[str, ...]:
    """Return the ops of a TFLite file that stock LiteRT lacks: custom, Flex, and newer ones."""
    names = dict.fromkeys(op.name for op in inspection.ops)
    return tuple(name.removeprefix(_CUSTOM) for name in names if _is_foreign(name))


def _is_foreign(name: str) -> bool:
    is_custom = name.startswith(_CUSTOM) and name.removeprefix(_CUSTOM) not in _STOCK_CUSTOM_OPS
    return is_custom or _UNNAMED_OP.fullmatch(name) is not None
