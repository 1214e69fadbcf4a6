"""Lists of virtual phones as people write them: `pixel-7-pro,iphone-16*2`, or `demo`."""

import re
from dataclasses import dataclass

from labtui.errors import UsageError
from labtui.virtual.ios.profile import iphone_names
from labtui.virtual.profile import profile_names

DEMO = ("pixel-7-pro", "galaxy-s23-ultra", "redmi-12c", "iphone-14-pro", "iphone-13-pro")
"""The phones of the demo bench: makers, chips and thermal formats of all kinds, both platforms."""

_MAX_PHONES = 128
_ITEM = re.compile(r"([a-z0-9-]+)(?:\*([0-9]{1,3}))?")
"""A name and how many; more digits than any bench has phones are no number."""


@dataclass(frozen=True, slots=True)
class PhoneList:
    """Keys of profiles, in the order in which they were named."""

    androids: tuple[str, ...]
    iphones: tuple[str, ...]


def phone_names() -> tuple[str, ...]:
    """Return the keys of all profiles of both platforms."""
    return (*profile_names(), *iphone_names())


def parse_phone_list(text: str) -> PhoneList:
    """Return the profile of each phone in `pixel-7-pro,galaxy-s23-ultra*2` or `demo`.

    Raises UsageError.
    """
    keys = [key for item in text.split(",") for key in _keys(item.strip())]
    if not 0 < len(keys) <= _MAX_PHONES:
        raise UsageError(f"a virtual bench has 1 to {_MAX_PHONES} phones, not {len(keys)}")
    iphones = set(iphone_names())
    return PhoneList(
        tuple(key for key in keys if key not in iphones),
        tuple(key for key in keys if key in iphones),
    )


def _keys(item: str) -> tuple[str, ...]:
    """Return the profiles that one item of a list stands for. Raises UsageError."""
    parts = _ITEM.fullmatch(item)
    name, count = parts.groups() if parts else ("", None)
    names = DEMO if name == "demo" else (name,)
    if not set(names) <= set(phone_names()):
        known = ", ".join(("demo", *phone_names()))
        raise UsageError(f"{item!r} is no virtual phone; known are {known}")
    return names * int(count or 1)
