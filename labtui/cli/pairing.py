"""`labtui pair` and `labtui unpair`: whether an iPhone and this computer trust each other."""

import argparse
import asyncio
import math
from typing import TYPE_CHECKING

from labtui.cli.compose import OpenBus, open_bus
from labtui.cli.discover import settled
from labtui.cli.output import print_document, say
from labtui.cli.settings import Settings
from labtui.core.model import DeviceSnapshot, DeviceState, Platform
from labtui.core.select import select
from labtui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from labtui.adapters.ios.bus import IosBus

MAX_WAIT_S = 600.0
_ASKING = (DeviceState.NOT_PAIRED, DeviceState.TRUST_PENDING, DeviceState.DENIED)
"""States in which pairing shows a dialog on the phone."""
_NO_PAIRING = (
    "Only iPhones are paired: leave out {names} (an Android phone asks by itself, tap Allow there)."
)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Pair or unpair one iPhone; an iPhone that is paired already is as good."""
    if arguments.action == "pair" and not _is_wait(arguments.wait):
        raise UsageError(f"--wait takes 0 to {MAX_WAIT_S:g} seconds, not {arguments.wait:g}.")
    return asyncio.run(_run(arguments, settings))


def _is_wait(wait_s: float) -> bool:
    return math.isfinite(wait_s) and 0 <= wait_s <= MAX_WAIT_S


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    async with open_bus(settings) as bench:
        devices = await settled(bench)
        if bench.bus.trouble:
            say(bench.bus.trouble)
        phone = choose_iphone(select(devices, [arguments.selector]), arguments.selector)
        assert bench.iphones is not None  # noqa: S101 (somebody has shown this iPhone)
        with bench.locks.hold(phone.id):
            if arguments.action == "pair":
                await _pair(bench.iphones, phone, arguments.wait)
                said = f"{phone.name} is paired with this computer."
            else:
                await bench.iphones.unpair(phone.id)
                said = f"{phone.name} and this computer have forgotten each other."
        phone = await _seen_again(bench, phone)
    if settings.as_json:
        print_document(arguments.action, device=phone)
    else:
        say(said if arguments.action == "unpair" or not phone.cure else f"{said} {phone.cure}")
    return 0


def choose_iphone(
    found: tuple[DeviceSnapshot, ...], selector: str, what_others_lack: str = _NO_PAIRING
) -> DeviceSnapshot:
    """Return the one iPhone that was meant. Raises UsageError."""
    if others := [device.name for device in found if device.platform is not Platform.IOS]:
        raise UsageError(what_others_lack.format(names=", ".join(others)))
    if len(found) > 1:
        words = ", ".join(f"serial:{device.transports[0].serial}" for device in found)
        raise UsageError(f"{selector!r} means {len(found)} iPhones: name one of {words}.")
    return found[0]


async def _pair(iphones: "IosBus", phone: DeviceSnapshot, wait_s: float) -> None:
    """Wait for the answer to the phone's dialog. Raises DeviceError."""
    if phone.state is DeviceState.OFFLINE:
        raise DeviceError(f"{phone.name} cannot be paired. {phone.cure}")
    if phone.state in _ASKING:
        say(
            f"Unlock {phone.name}, tap Trust on it and enter its passcode; labtui waits "
            f"{wait_s:g} s for that."
        )
    await iphones.pair(phone.id, wait_s)


async def _seen_again(bench: OpenBus, phone: DeviceSnapshot) -> DeviceSnapshot:
    """Return what is known of the phone now; as it was when it has left meanwhile."""
    return next((device for device in await settled(bench) if device.id == phone.id), phone)
