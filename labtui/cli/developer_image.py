"""`labtui developer-image`: what it is, whether an iPhone has it, and mounting one."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.compose import open_bus
from labtui.cli.discover import settled
from labtui.cli.output import print_document, say
from labtui.cli.pairing import choose_iphone
from labtui.cli.settings import Settings
from labtui.core.model import DeviceSnapshot
from labtui.core.select import select
from labtui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from labtui.adapters.ios.bus import IosBus
    from labtui.adapters.ios.developer_image import ImageState

_WHAT_IT_IS = (
    "A developer image holds those services of iOS by which a computer opens apps: with it labtui "
    "opens the runner app by itself, without it somebody taps the app. A restart of the phone "
    "takes it away.\n"
    "Up to iOS 16 it is DeveloperDiskImage.dmg and its .signature for that version of iOS; from "
    "iOS 17 on Image.dmg, which Apple personalises for each phone."
)
_OLD_SOURCE = (
    "an Xcode up to 14 has it in Xcode.app/Contents/Developer/Platforms/iPhoneOS.platform/"
    "DeviceSupport, in the folder of that version or the nearest older one"
)
_NEW_SOURCE = (
    "a Mac with Xcode 15 or newer has it in /Library/Developer/DeveloperDiskImages/iOS_DDI "
    "(CoreDevice's folder)"
)
_NO_IMAGES = "Only iPhones have developer images: leave out {names}."


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Explain, look, and mount unless an image is mounted already."""
    return asyncio.run(_run(arguments, settings))


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    say(_WHAT_IT_IS)
    async with open_bus(settings) as bench:
        devices = await settled(bench)
        if bench.bus.trouble:
            say(bench.bus.trouble)
        found = select(devices, [arguments.selector])
        phone = choose_iphone(found, arguments.selector, _NO_IMAGES)
        assert bench.iphones is not None  # noqa: S101 (somebody has shown this iPhone)
        with bench.locks.hold(phone.id):
            state = await bench.iphones.look_for_image(phone.id)
            if not state.is_mounted:
                await _mount(bench.iphones, phone, state, arguments)
    _tell(phone, state, settings)
    return 0


async def _mount(
    iphones: "IosBus", phone: DeviceSnapshot, state: "ImageState", arguments: argparse.Namespace
) -> None:
    """Mount the image that the user names. Raises UsageError without any, and DeviceError."""
    files = await asyncio.to_thread(_files, phone, state, arguments.folder)
    if arguments.ask_apple and phone.facts is not None and phone.facts.is_virtual:
        raise UsageError("Apple's server knows no virtual iPhone: leave out --ask-apple.")
    await iphones.mount_image(phone.id, files, may_ask_apple=arguments.ask_apple)


def _files(phone: DeviceSnapshot, state: "ImageState", folder: Path | None) -> tuple[Path, ...]:
    from labtui.adapters.ios.developer_image import find_files  # noqa: PLC0415 (heavy)

    if state.needs_cryptex:
        raise DeviceError(
            f"{phone.name} has no developer image, and takes it only as a cryptex since iOS 27, "
            "which labtui cannot install: connect the phone to a Mac with Xcode once."
        )
    if folder is None:
        raise UsageError(
            f"{phone.name} ({_system(phone)}) has no developer image: name one with --from FOLDER; "
            f"{_NEW_SOURCE if state.needs_ticket else _OLD_SOURCE}. labtui downloads none."
        )
    return find_files(folder, with_ticket=state.needs_ticket)


def _system(phone: DeviceSnapshot) -> str:
    return phone.facts.os_version if phone.facts else "iOS"


def _tell(phone: DeviceSnapshot, before: "ImageState", settings: Settings) -> None:
    if settings.as_json:
        print_document("developer_image", device=phone, was_mounted=before.is_mounted)
        return
    done = "is mounted already" if before.is_mounted else "is mounted now, until it restarts"
    use = "" if before.lets_apps_start else "; iOS 17.0 to 17.3 lets no computer open apps even so"
    say(f"The developer image of {phone.name} {done}{use}.")
