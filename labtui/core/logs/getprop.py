"""`getprop`."""

import re

_PROPERTY = re.compile(r"^\[([^\]\n]{1,128})\]: \[(.{0,2048}?)\]\r?$", re.MULTILINE | re.DOTALL)


def parse_getprop(text: str) -> dict[str, str]:
    """Return the properties; values are as hostile as the phone that sent them."""
    return dict(_PROPERTY.findall(text))
