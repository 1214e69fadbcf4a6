"""What of a phone's own business is kept out of a run, and how it is given back afterwards.

A phone's settings belong to its owner: an old value is on the host's disk before it is changed,
and what cannot be read back is not changed. Settings in force are conditions of a result.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Space(StrEnum):
    """Where a setting lives on the phone."""

    GLOBAL = "global"
    SYSTEM = "system"
    POWER = "power"
    """A mode of the power service, which takes it and never tells it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to change, and the value it has during a run."""

    space: Space
    key: str
    value: str
    text: str

    @property
    def name(self) -> str:
        """Its name in journals and in the history, e.g. `system/screen_brightness`."""
        return f"{self.space}/{self.key}"


SETTINGS = (
    Setting(Space.GLOBAL, "window_animation_scale", "0", "window animations"),
    Setting(Space.GLOBAL, "transition_animation_scale", "0", "transition animations"),
    Setting(Space.GLOBAL, "animator_duration_scale", "0", "animator durations"),
    Setting(Space.GLOBAL, "stay_on_while_plugged_in", "7", "stay awake while plugged in"),
    Setting(Space.SYSTEM, "screen_brightness_mode", "0", "adaptive brightness"),
    Setting(Space.SYSTEM, "screen_brightness", "10", "brightness"),
    Setting(Space.POWER, "fixed_performance_mode", "true", "fixed-performance mode"),
)
"""In the order in which they are changed: a brightness holds once nothing adapts it, and the clocks
come last. 7 is mains, USB and wireless together; 10 of 255 is dark, and still to be read."""

OFF = "false"
"""What fixed-performance mode is unless somebody has turned it on since the phone was started."""

_UNSET = "null"
_STATES = {"0": "off", "7": "on", "true": "on"}
_NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,10})?(E-?\d{1,2})?")


@dataclass(frozen=True, slots=True)
class OldValue:
    """What a setting was before it was changed."""

    setting: Setting
    value: str | None
    """None = it was not set at all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How one setting took to a run: it is in force, or the phone would not have it."""

    setting: str
    value: str
    refusal: str = ""
    """Why it is not supported; empty when it is in force."""

    @property
    def is_in_force(self) -> bool:
        """Whether the phone has the value."""
        return not self.refusal


def setting_named(name: str) -> Setting | None:
    """Return the setting of that name, if there is one."""
    return next((setting for setting in SETTINGS if setting.name == name), None)


def parse_value(text: str) -> str | None:
    """Return the value that a phone told of a setting; None when it is not set.

    Raises ValueError for what is no number: it could not be given back for certain.
    """
    told = text.strip()
    if told == _UNSET:
        return None
    if not _NUMBER.fullmatch(told):
        raise ValueError("its present value is no number")
    return told


def is_old_value(setting: Setting, value: object) -> bool:
    """Tell whether a value read from a journal can have been the setting's."""
    if setting.space is Space.POWER:
        return value == OFF
    return value is None or (isinstance(value, str) and bool(_NUMBER.fullmatch(value)))


def is_same(one: str | None, other: str | None) -> bool:
    """Tell whether two values of a setting mean the same; phones print 0 as 0.0."""
    if one is None or other is None:
        return one is other
    return math.isclose(float(one), float(other), abs_tol=1e-6)


def first_values(journal: Sequence[OldValue], read: Iterable[OldValue]) -> tuple[OldValue, ...]:
    """Return what to give back in the end: what a journal holds already is older, and counts."""
    held = {old.setting.name: old for old in journal}
    held.update({old.setting.name: old for old in read if old.setting.name not in held})
    return in_order(held.values())


def in_order(values: Iterable[OldValue]) -> tuple[OldValue, ...]:
    """Return old values in the order in which their settings are changed."""
    return tuple(sorted(values, key=lambda old: SETTINGS.index(old.setting)))


def summary(kept: Sequence[Kept]) -> str:
    """Return in one line what is in force and what is not supported."""
    if not kept:
        return "no settings to keep"
    words = ", ".join(_words(one) for one in kept if one.is_in_force) or "nothing"
    refused = ", ".join(f"{_text(one)} ({one.refusal})" for one in kept if not one.is_in_force)
    return f"in force: {words}" + (f"; not supported: {refused}" if refused else "")


def _words(one: Kept) -> str:
    return f"{_text(one)} {_STATES.get(one.value, one.value)}"


def _text(one: Kept) -> str:
    setting = setting_named(one.setting)
    return setting.text if setting else one.setting
