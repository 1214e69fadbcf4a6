"""Lists of virtual phones as people write them: `pixel-7-pro,iphone-16*2`, or `demo`."""

from dataclasses import dataclass

from labtui.errors import UsageError
from labtui.virtual.ios.profile import iphone_names
from labtui.virtual.profile import profile_names

DEMO = ("pixel-7-pro", "galaxy-s23-ultra", "redmi-12c", "iphone-14-pro", "iphone-13-pro")
"""The phones of the demo bench: makers, chips and thermal formats of all kinds, both platforms."""

_MAX_PHONES = 128


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
    keys: list[str] = []
    for item in text.split(","):
        name, star, count = item.strip().partition("*")
        names = DEMO if name == "demo" else (name,)
        if (star and not count.isdecimal()) or not set(names) <= set(phone_names()):
            known = ", ".join(("demo", *phone_names()))
            raise UsageError(f"{item.strip()!r} is no virtual phone; known are {known}")
        keys.extend(names * int(count or 1))
    if not 0 < len(keys) <= _MAX_PHONES:
        raise UsageError(f"a virtual bench has 1 to {_MAX_PHONES} phones, not {len(keys)}")
    iphones = set(iphone_names())
    return PhoneList(
        tuple(key for key in keys if key not in iphones),
        tuple(key for key in keys if key in iphones),
    )
