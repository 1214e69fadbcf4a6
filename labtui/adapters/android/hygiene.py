"""Settings of an Android phone: noted, changed for a run, and given back.

Nothing is changed that is not in the journal, and nothing leaves the journal that was not given
back; so that whatever ends labtui in between, the next one can tidy up.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from labtui.adapters.android.journal import Entry, Journal
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shell import command, sections, split_sections
from labtui.core.hygiene import (
    OFF,
    SETTINGS,
    Kept,
    OldValue,
    Setting,
    Space,
    first_values,
    is_same,
    parse_value,
)
from labtui.core.model import DeviceId
from labtui.core.text import clean
from labtui.errors import DeviceError, DeviceHung

LIMIT_S = 15.0
"""For all settings together; a phone that has just started takes its time."""
_STATUS = "=====status====="
_MAX_REASON = 100
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """Takes care of one phone's settings; `phone` returns the present way to it."""

    device: DeviceId
    phone: Callable[[], Phone]
    journal: Journal

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[tuple[Kept, ...]]:
        """Change the settings; give them back when the context ends, however it ends.

        Raises DeviceError before the context begins. A phone that cannot be given its settings
        back stays in the journal.
        """
        try:
            yield await self.apply()
        finally:
            with contextlib.suppress(DeviceError):
                await _to_the_end(self.restore())

    async def apply(self) -> tuple[Kept, ...]:
        """Change the settings and say which are in force. Raises DeviceError.

        What an earlier run has left in the journal is given back first.
        """
        await self.restore()
        phone, left = self.phone(), self._noted()
        read, refused = await _limited(phone, _read(phone))
        entry = Entry(self.device, phone.facts.name, first_values(left, read))
        self.journal.write(entry)
        wanted = [OldValue(old.setting, old.setting.value) for old in read]
        refusals = await _limited(phone, _change(phone, wanted))
        kept = tuple(
            Kept(old.setting.name, old.setting.value, why)
            for old, why in zip(read, refusals, strict=True)
        )
        self._forget(_refused_modes(kept) - {old.setting.name for old in left}, entry)
        return (*kept, *refused)

    async def restore(self) -> tuple[Kept, ...]:
        """Give back what is in the journal, last changed first; say what came of each setting.

        Raises DeviceError. What the phone refuses stays in the journal.
        """
        entry = self.journal.read(self.device)
        if entry is None:
            return ()
        phone, values = self.phone(), entry.values[::-1]
        refusals = await _limited(phone, _change(phone, values))
        left = tuple(old for old, why in zip(values, refusals, strict=True) if why)
        self.journal.write(replace(entry, values=left[::-1]))
        return tuple(
            Kept(old.setting.name, old.value or "not set", why)
            for old, why in zip(values, refusals, strict=True)
        )

    def _noted(self) -> tuple[OldValue, ...]:
        entry = self.journal.read(self.device)
        return entry.values if entry else ()

    def _forget(self, names: set[str], entry: Entry) -> None:
        """Take out of the journal what was never changed."""
        values = tuple(old for old in entry.values if old.setting.name not in names)
        if values != entry.values:
            self.journal.write(replace(entry, values=values))


def _refused_modes(kept: Sequence[Kept]) -> set[str]:
    """Return what the phone cannot do at all, and so could not undo either.

    Other settings stay noted when they are refused: a phone may take another value than asked.
    """
    modes = {setting.name for setting in SETTINGS if setting.space is Space.POWER}
    return {one.setting for one in kept if one.refusal} & modes


async def _read(phone: Phone) -> tuple[list[OldValue], list[Kept]]:
    """Return what the settings are now, and those that cannot be told."""
    told = split_sections(
        (await phone.run(sections([_reading(setting) for setting in SETTINGS]))).stdout,
        len(SETTINGS),
    )
    values, refused = [], []
    for setting, text in zip(SETTINGS, told, strict=True):
        try:
            values.append(_old_value(setting, text))
        except ValueError as error:
            refused.append(Kept(setting.name, setting.value, str(error)))
    return values, refused


def _old_value(setting: Setting, text: str) -> OldValue:
    """Return what a setting is by the phone's answer. Raises ValueError for nonsense."""
    return OldValue(setting, OFF if setting.space is Space.POWER else parse_value(text))


async def _change(phone: Phone, wanted: Sequence[OldValue]) -> list[str]:
    """Set values in this order; return why each was refused, empty where it was not."""
    scripts = [
        script
        for value in wanted
        for script in (f"{_writing(value)} 2>&1; echo {_STATUS}$?", _reading(value.setting))
    ]
    told = split_sections((await phone.run(sections(scripts))).stdout, len(scripts))
    return [_refusal(value, *_pair(told, at)) for at, value in enumerate(wanted)]


def _pair(told: Sequence[str], at: int) -> tuple[str, str]:
    return told[2 * at], told[2 * at + 1]


def _reading(setting: Setting) -> str:
    if setting.space is Space.POWER:
        return "true"
    return command("settings", "get", setting.space, setting.key)


def _writing(wanted: OldValue) -> str:
    setting, value = wanted.setting, wanted.value
    if setting.space is Space.POWER:
        return command("cmd", "power", "set-fixed-performance-mode-enabled", value or OFF)
    if value is None:
        return command("settings", "delete", setting.space, setting.key)
    return command("settings", "put", setting.space, setting.key, value)


def _refusal(wanted: OldValue, said: str, now: str) -> str:
    """Return why a value was not taken. What counts is what the phone has in the end."""
    text, _, status = said.rpartition(_STATUS)
    if wanted.setting.space is Space.POWER:
        return "" if status.strip() == "0" else _reason(text)
    try:
        is_taken = is_same(parse_value(now), wanted.value)
    except ValueError:
        return _reason(text)
    if is_taken:
        return ""
    return _reason(text) if status.strip() != "0" else "the phone took it and kept its own"


def _reason(said: str) -> str:
    """Return the line that says why; what follows an exception is where it happened."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    named = (line.partition("Exception: ")[2] for line in lines if "Exception: " in line)
    return clean(next(named, lines[0] if lines else "no reason given"), _MAX_REASON)


async def _limited(phone: Phone, work: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await work
    except TimeoutError as error:
        raise DeviceHung(
            f"{phone.facts.name} takes longer than {LIMIT_S:.0f} s for its settings: restart it."
        ) from error


async def _to_the_end(work: Coroutine[Any, Any, object]) -> None:
    """Await work that is bounded by itself, cancelled or not; a cancellation comes after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise
