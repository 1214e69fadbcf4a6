"""The one grammar that picks devices: `pixel*`, `android`, `serial:…`, `soc:tensor-g2`."""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence

from labtui.core.model import DeviceSnapshot
from labtui.errors import NothingMatched, UsageError


def slug(text: str) -> str:
    """Fold a name for matching: `Pixel 7 Pro` -> `pixel-7-pro`."""
    return re.sub(r"[^a-z0-9*?]+", "-", text.lower()).strip("-")


def device_words(device: DeviceSnapshot) -> dict[str, list[str]]:
    """Return what a device can be picked by, under the keys of the grammar."""
    facts = device.facts
    return {
        "serial": [t.serial for t in device.transports] + ([facts.hardware_id] if facts else []),
        "soc": [facts.soc] if facts else [],
        "name": [device.name],
        "platform": [device.platform.value],
        "id": [device.id],
    }


def matches(device: DeviceSnapshot, selector: str) -> bool:
    """Tell whether one selector picks the device. Raises UsageError for an unknown key."""
    is_virtual = device.facts is not None and device.facts.is_virtual
    return picks(selector, device_words(device), is_virtual=is_virtual)


def picks(selector: str, words: Mapping[str, Sequence[str]], *, is_virtual: bool) -> bool:
    """Tell whether a selector picks what has these words, under the keys of the grammar.

    Raises UsageError for an unknown key.
    """
    key, colon, pattern = selector.partition(":")
    if selector in ("all", "*"):
        return True
    if selector == "virtual":
        return is_virtual
    if not colon or f"{key}:" in ("android:", "ios:", "host:"):
        return any(_fits(w, selector) for group in words.values() for w in group)
    if key not in words:
        raise UsageError(
            f"{key!r} is no device key; use serial:, soc:, name:, platform: or id:, or a bare name."
        )
    return any(_fits(word, pattern) for word in words[key])


def _fits(word: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(slug(word), slug(pattern)) or word == pattern


def select(
    devices: Iterable[DeviceSnapshot], selectors: Sequence[str]
) -> tuple[DeviceSnapshot, ...]:
    """Return the devices that any selector picks, in bench order; no selectors pick all.

    Raises NothingMatched naming the first selector that picks nothing.
    """
    bench = tuple(devices)
    for selector in selectors:
        if not any(matches(d, selector) for d in bench):
            known = ", ".join(d.name for d in bench) or "none"
            raise NothingMatched(f"No device matches {selector!r}; on the bench: {known}.")
    if not selectors:
        return bench
    return tuple(d for d in bench if any(matches(d, s) for s in selectors))
