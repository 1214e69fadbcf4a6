"""The faults of virtual phones by name: what `labtui virtual fault` and scripts ask for."""

import math
from collections.abc import Awaitable, Callable

from labtui.errors import UsageError
from labtui.virtual.phone import REBOOT_S, VirtualPhone

Fault = Callable[[VirtualPhone, str], Awaitable[None] | None]

FAULTS: dict[str, Fault] = {
    "unplug": lambda phone, _: phone.unplug(),
    "plug": lambda phone, _: phone.plug(),
    "hang": lambda phone, _: phone.hang(),
    "offline": lambda phone, _: phone.go_offline(),
    "unauthorized": lambda phone, _: phone.refuse_keys(),
    "resume": lambda phone, _: phone.resume(),
    "reboot": lambda phone, value: phone.request_reboot(_number(value) if value else REBOOT_S),
    "storage_full": lambda phone, _: phone.fill_storage(),
    "storage_free": lambda phone, _: phone.fill_storage(is_full=False),
    "kill_runner": lambda phone, _: phone.kill_runner(),
    "runner": lambda phone, value: phone.break_runner(value),
    "engine": lambda phone, value: phone.break_engine(value),
    "memory": lambda phone, value: phone.starve(value),
    "settings": lambda phone, value: phone.guard_settings(value),
    "hostile_text": lambda phone, _: phone.turn_hostile(),
    "skin": lambda phone, value: phone.hold_skin(_number(value) if value else None),
}
"""Called with the text after `=`: seconds, a kind, °C. Nothing = the default, or an end."""


async def apply_fault(phone: VirtualPhone, text: str) -> None:
    """Apply `name` or `name=value` to a phone. Raises UsageError."""
    name, _, value = text.partition("=")
    if name not in FAULTS:
        raise UsageError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
    if (started := FAULTS[name](phone, value)) is not None:
        await started


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a number") from error
    if not (math.isfinite(number) and 0 <= number <= 3600):
        raise UsageError(f"{text} is not a number from 0 to 3600")
    return number
