"""`df`: how much room a file system has."""

import re

_UNITS = {"": 1024, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)")


def parse_free_bytes(text: str) -> int | None:
    """Return the free bytes of the last file system listed; None when df did not say.

    Reads the columns of toybox and GNU df (1 KiB blocks, or human units; a long device name puts
    the numbers on a line of their own) and those of toolbox before Android 6.
    """
    heading, *rest = text.split("\n", 1) if "\n" in text else (text,)
    fields = " ".join(rest).split()
    if "Avail" in heading:
        return _before_percent(fields)
    if "Free" in heading and len(fields) >= 5:
        return _bytes(fields[-2])
    return None


def _before_percent(fields: list[str]) -> int | None:
    """Return the size in front of the last `Use%` field: the free space in every variant."""
    for index in range(len(fields) - 1, 0, -1):
        if re.fullmatch(r"\d{1,3}%", fields[index]):
            return _bytes(fields[index - 1])
    return None


def _bytes(size: str) -> int | None:
    match = _SIZE.fullmatch(size)
    return int(float(match[1]) * _UNITS[match[2]]) if match else None
