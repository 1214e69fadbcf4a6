"""The image with the services that start apps: whether it is mounted, and mounting it.

Nothing is downloaded. From iOS 17 on an image needs a ticket of Apple's for the one phone. A phone
that Xcode has worked with knows it; only when it does not, and the user has allowed it, Apple's
server is asked, which is told the phone's chip number and model.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.services.mobile_image_mounter import (
    DeveloperDiskImageMounter,
    MobileImageMounterService,
    PersonalizedImageMounter,
    image_type_for_device,
)

from labtui.adapters.ios.developer_image import APPLES_SERVER, Objection
from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import Refused

APPLE_S = 30.0
"""How long Apple's server is waited for; the library itself would wait for ever."""
_LOCKED = "DeviceLocked"
_NOISE = re.compile(r"/private/\S*|Error Domain=\S+ Code=-?\d+|NS\w+=(0x\w+)?|UserInfo=")
"""What stands between the words of a mounter's error: paths, domains, addresses."""

Report = Callable[[int, int], None]


async def look_for_image(phone: Phone, _arguments: Arguments, _report: Report) -> Arguments:
    """Return whether an image of the phone's kind is mounted."""
    lockdown = await phone.lockdown()
    async with MobileImageMounterService(lockdown) as mounter:
        is_mounted = await mounter.is_image_mounted(image_type_for_device(lockdown))
    return {"is_mounted": is_mounted}


async def mount_image(phone: Phone, arguments: Arguments, report: Report) -> Arguments:
    """Mount an image from files here; one that is mounted already is as good.

    Raises Refused with the phone's or Apple's words, and pymobiledevice3's exceptions.
    """
    try:
        await _mount(phone, arguments)
    except pmd.AlreadyMountedError:
        pass
    except pmd.DeveloperModeIsNotEnabledError:
        raise Refused(Objection.NO_DEVELOPER_MODE) from None
    except pmd.NoSuchBuildIdentityError:
        raise Refused(Objection.OTHER_MODEL) from None
    except pmd.PyMobileDevice3Exception as error:
        if type(error) is not pmd.PyMobileDevice3Exception:
            raise
        # The library has no types for these, only a sentence with the phone's answer at its end.
        if _LOCKED in str(error):
            raise pmd.PasswordRequiredError from None
        words = str(error).partition("\n")[0].partition(": ")[2]
        raise Refused(_NOISE.sub(" ", words)) from None
    report(1, 1)
    return {}


async def _mount(phone: Phone, arguments: Arguments) -> None:
    lockdown = await phone.lockdown()
    paths = [Path(path) for path in arguments["paths"]]
    if image_type_for_device(lockdown) == DeveloperDiskImageMounter.IMAGE_TYPE:
        async with DeveloperDiskImageMounter(lockdown) as classic:
            image, signature = paths
            await classic.mount(image, signature)
    else:
        async with _PersonalisedMounter(lockdown) as personalised:
            personalised.may_ask_apple = arguments["may_ask_apple"]
            image, manifest, trust_cache = paths
            await personalised.mount(image, manifest, trust_cache)


class _PersonalisedMounter(PersonalizedImageMounter):
    """Asks Apple's server only where that is allowed."""

    may_ask_apple = False

    async def query_personalization_manifest(self, image_type: str, signature: bytes) -> bytes:
        """Return the ticket that the phone has. Raises Refused without one, unless Apple may help.

        The library then opens another connection, and forgets to close this one.
        """
        try:
            return await super().query_personalization_manifest(image_type, signature)
        except pmd.MissingManifestError:
            if not self.may_ask_apple:
                raise Refused(Objection.NO_TICKET) from None
            await self.close()
            raise

    async def get_manifest_from_tss(self, build_manifest: dict[str, Any]) -> bytes:
        """Return Apple's ticket for a phone that has none. Raises Refused."""
        asking = asyncio.create_task(super().get_manifest_from_tss(build_manifest))
        # Not cancelled when it is late: the library would then wait for its thread.
        await asyncio.wait({asking}, timeout=APPLE_S)
        if not asking.done():
            raise Refused(f"{APPLES_SERVER} has not answered within {APPLE_S:g} s")
        try:
            return asking.result()
        except ConnectionError:  # the phone's: those to the server are of another kind
            raise
        except (OSError, LookupError, ValueError, pmd.TSSError) as error:
            words = str(error) if isinstance(error, pmd.TSSError) else type(error).__name__
            raise Refused(f"{APPLES_SERVER} gave no ticket ({words})") from None
