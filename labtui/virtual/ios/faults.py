"""The faults and states of virtual iPhones by name: what scripts and the command line ask for."""

import math
from collections.abc import Callable
from typing import TypeVar

from labtui.errors import UsageError
from labtui.virtual.ios.device import ThermalState
from labtui.virtual.ios.pairing import TrustAnswer
from labtui.virtual.ios.phone import REBOOT_S, VirtualIphone

_T = TypeVar("_T")
Fault = Callable[[VirtualIphone, str], None]

_MAX_BYTES = 1 << 40
_MAX_SECONDS = _MAX_DEGREES = 3600
_APP: dict[str, Callable[[VirtualIphone], None]] = {
    "open": VirtualIphone.open_app,
    "suspended": VirtualIphone.suspend_app,
    "closed": VirtualIphone.close_app,
    "missing": VirtualIphone.remove_app,
    "installed": VirtualIphone.install_app,
}
_TRUST: dict[str, Callable[[VirtualIphone], None]] = {
    "yes": lambda phone: phone.answer_trust(TrustAnswer.TRUST),
    "pending": lambda phone: phone.answer_trust(TrustAnswer.NONE_YET),
    "no": lambda phone: phone.answer_trust(TrustAnswer.DO_NOT_TRUST),
    "forgotten": VirtualIphone.forget_hosts,
}
_SWITCH = {"on": True, "off": False}
_THERMAL = {state.name.lower(): state for state in ThermalState}

FAULTS: dict[str, Fault] = {
    "unplug": lambda phone, _: phone.detach(),
    "plug": lambda phone, _: phone.attach(),
    "hang": lambda phone, _: phone.hang(),
    "resume": lambda phone, _: phone.resume(),
    "detach_at": lambda phone, value: phone.detach_at(_whole(value, _MAX_BYTES)),
    "stall_at": lambda phone, value: phone.stall_at(_whole(value, _MAX_BYTES)),
    "reboot": lambda phone, value: phone.request_reboot(_number(value, _MAX_SECONDS, REBOOT_S)),
    "trust": lambda phone, value: _choose(_TRUST, value)(phone),
    "lock": lambda phone, _: phone.lock(),
    "unlock": lambda phone, _: phone.unlock(),
    "developer_mode": lambda phone, value: phone.set_developer_mode(_choose(_SWITCH, value)),
    "developer_image": lambda phone, value: phone.mount_developer_image(_choose(_SWITCH, value)),
    "image_ticket": lambda phone, value: phone.keep_tickets(_choose(_SWITCH, value)),
    "app": lambda phone, value: _choose(_APP, value)(phone),
    "install_error": lambda phone, value: phone.refuse_installs(value),
    "low_power": lambda phone, value: phone.save_power(_choose(_SWITCH, value)),
    "storage_full": lambda phone, _: phone.fill_storage(),
    "storage_free": lambda phone, _: phone.fill_storage(is_full=False),
    "runner": lambda phone, value: phone.break_runner(value),
    "hostile_text": lambda phone, _: phone.turn_hostile(),
    "skin": lambda phone, value: phone.hold_skin(_degrees(value)),
    "thermal": lambda phone, value: phone.hold_thermal_state(_choose(_THERMAL, value)),
}
"""Called with the text after `=`: bytes, seconds, °C, or one of a few words."""


def apply_fault(phone: VirtualIphone, text: str) -> None:
    """Apply `name` or `name=value` to a phone. Raises UsageError."""
    name, _, value = text.partition("=")
    _choose(FAULTS, name)(phone, value)


def _choose(choices: dict[str, _T], word: str) -> _T:
    if word not in choices:
        raise UsageError(f"unknown fault or value {word!r}; known are {', '.join(choices)}")
    return choices[word]


def _number(text: str, limit: float, default: float) -> float:
    if not text:
        return default
    try:
        number = float(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a number") from error
    if not (math.isfinite(number) and 0 <= number <= limit):
        raise UsageError(f"{text} is not a number from 0 to {limit:g}")
    return number


def _degrees(text: str) -> float | None:
    return _number(text, _MAX_DEGREES, 0.0) if text else None


def _whole(text: str, limit: int) -> int:
    return int(_number(text, limit, 0.0))
