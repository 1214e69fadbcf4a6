"""Numbers as the tool prints them, and its units."""

import math

NUMBER = r"[-+]?\d{1,18}(?:\.\d{1,12})?(?:e[-+]?\d{1,3})?"
"""C++ prints large averages as `1.24027e+06`."""
MAYBE = rf"(?:{NUMBER}|-?nan|-?inf)"
"""Statistics of nothing are `nan`."""

MEBIBYTE = 1024 * 1024
MEGABYTE = 1_000_000
_NS_PER_US = 1_000
_NS_PER_MS = 1_000_000
_MOST = 1e18


def us_to_ns(text: str | None) -> int | None:
    """Return ns; None for nothing, what is not finite, and negative times."""
    return scaled(_finite(text), _NS_PER_US)


def ms_to_ns(text: str | None) -> int | None:
    """Return ns; None for nothing, what is not finite, and negative times."""
    return scaled(_finite(text), _NS_PER_MS)


def mb_to_bytes(text: str | None, unit: int) -> int | None:
    """Return bytes; `unit` is MEBIBYTE where the tool divides KiB by 1024, else MEGABYTE."""
    return scaled(_finite(text), unit)


def scaled(value: float | None, unit: int) -> int | None:
    """Return `value` in the smaller unit; None for what cannot be a time or a size."""
    if value is None or not math.isfinite(value) or not 0 <= value * unit < _MOST:
        return None
    return round(value * unit)


def _finite(text: str | None) -> float | None:
    return None if text is None else float(text)
