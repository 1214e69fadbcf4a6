"""Phones that a run has left with changed settings: they get their own back at the next contact."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from labtui.cli.compose import OpenBus
from labtui.cli.output import print_document, print_table, say
from labtui.cli.settings import Settings
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId, DeviceSnapshot
from labtui.errors import DeviceBusy, LabtuiError

_Bench = tuple[DeviceSnapshot, ...]


@dataclass(frozen=True, slots=True)
class Rescue:
    """What came of giving one phone its settings back."""

    name: str
    device: DeviceId | None = None
    settings: tuple[Kept, ...] = ()
    problem: str = ""
    """Why there is something left to give back; empty when there is not."""

    @property
    def text(self) -> str:
        """What happened, in one sentence."""
        return self.problem or f"{len(self.settings)} settings are as they were before its run."


class Rescuer:
    """Gives settings back to phones that are ready, once each time they become so."""

    def __init__(self, bench: OpenBus) -> None:
        self._bench = bench
        self._tried: set[DeviceId] = set()

    async def watch(self, tell: Callable[[str], None]) -> None:
        """Look after phones that come back, until cancelled."""
        async with aclosing(self._bench.bus.watch()) as updates:
            async for devices in updates:
                for rescue in await self.restore(devices):
                    tell(f"{rescue.name}: {rescue.text}")

    async def restore(self, devices: Iterable[DeviceSnapshot]) -> list[Rescue]:
        """Give back what can be given back now; a device that is in use is left to its user."""
        ready = {device.id for device in devices if device.state.can_work}
        self._tried &= ready
        entries, _ = self._bench.journal.entries()
        waiting = [entry for entry in entries if entry.device in ready - self._tried]
        rescues = [await self._restore(entry.device, entry.name) for entry in waiting]
        return [rescue for rescue in rescues if rescue is not None]

    async def _restore(self, device: DeviceId, name: str) -> Rescue | None:
        settings: tuple[Kept, ...] = ()
        try:
            with self._bench.locks.hold(device):
                settings = await self._bench.androids.device(device).restore()
            problem = _refusals(settings)
        except DeviceBusy:
            return None
        except LabtuiError as error:
            problem = str(error)
        self._tried.add(device)
        return Rescue(name, device, settings, problem)


def _refusals(settings: Iterable[Kept]) -> str:
    refused = [f"{one.setting} to {one.value} ({one.refusal})" for one in settings if one.refusal]
    return f"It would not set back {', '.join(refused)}: do it on the phone." if refused else ""


@asynccontextmanager
async def rescuing(
    bench: OpenBus, devices: Iterable[DeviceSnapshot], tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Give phones their settings back, now and whenever one returns, until the context ends."""
    rescuer = Rescuer(bench)
    for rescue in await rescuer.restore(devices):
        tell(f"{rescue.name}: {rescue.text}")
    task = asyncio.create_task(rescuer.watch(tell))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def rescue_all(bench: OpenBus, devices: _Bench) -> list[Rescue]:
    """Give back what can be given back now, and tell what is left, and why."""
    rescues = await Rescuer(bench).restore(devices)
    told = {rescue.device for rescue in rescues}
    return rescues + [rescue for rescue in _left(bench, devices) if rescue.device not in told]


def _left(bench: OpenBus, devices: _Bench) -> Iterator[Rescue]:
    """Yield phones that are not ready or in use, and journals that cannot be read."""
    found = {device.id: device for device in devices}
    entries, damaged = bench.journal.entries()
    for entry in entries:
        yield Rescue(entry.name, entry.device, problem=_why(found.get(entry.device)))
    for sentence in damaged:
        yield Rescue("a phone", problem=sentence)


def _why(device: DeviceSnapshot | None) -> str:
    if device is None:
        return "It has the settings of a run, and is not on the bench: plug it in."
    if not device.state.can_work:
        return f"It has the settings of a run, and is {device.state}. {device.cure}".strip()
    return "It has the settings of a run that another labtui is busy with: wait for its end."


def say_what_is_left(bench: OpenBus, devices: _Bench) -> None:
    """Tell which of a run's own phones could not be given their settings back."""
    entries, _ = bench.journal.entries()
    for entry in entries:
        if entry.device in {device.id for device in devices}:
            say(
                f"{entry.name} has this run's settings still: plug it in, and run "
                "`labtui doctor --rescue`."
            )


def print_rescues(rescues: list[Rescue], settings: Settings) -> int:
    """Print what happened; return 3 if anything is left to give back."""
    if settings.as_json:
        print_document("rescue", phones=rescues)
    elif rescues:
        print_table(("phone", "settings"), [(one.name, one.text) for one in rescues], settings)
    else:
        say("No phone has settings of a run.")
    return 3 if any(one.problem for one in rescues) else 0
