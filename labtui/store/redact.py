"""Hardware ids are personal data: exports show a short hash in their place."""

import hashlib
from collections.abc import Callable

from labtui.core.model import DeviceId

_HASH_DIGITS = 6
_SHORTEST_ID = 4
"""Shorter hardware ids are no secret, and replacing them would tear words apart."""

Redact = Callable[[str, DeviceId], str]
"""Takes a text and the device that it may name."""


def hide(text: str, device: DeviceId) -> str:
    """Return the text with the device's hardware id replaced by `#` and a hash of it.

    The hash is the same in every export, so that results of one phone can be put together. What is
    no hardware id (this computer, the device of an imported log) stays as it is.
    """
    platform, _, hardware_id = device.partition(":")
    if platform in ("host", "imported") or len(hardware_id) < _SHORTEST_ID:
        return text
    digest = hashlib.sha256(device.encode()).hexdigest()[:_HASH_DIGITS]
    return text.replace(hardware_id, f"#{digest}")


def keep(text: str, _device: DeviceId) -> str:
    """Return the text as it is: somebody asked for the hardware ids."""
    return text
