"""Developer images: which files make one up for a phone, and why a phone may not take it."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from labtui.adapters.ios.plists import NotAPlist, Record, decode_plist, text_of
from labtui.adapters.ios.refusals import Refusal
from labtui.errors import DeviceFull, UsageError

CLASSIC_FILES = ("DeveloperDiskImage.dmg", "DeveloperDiskImage.dmg.signature")
"""Up to iOS 16: one image for every phone with that version of iOS."""
PERSONALISED_FILES = ("Image.dmg", "BuildManifest.plist", "Image.dmg.trustcache")
"""From iOS 17 on: one image for all, with a ticket of Apple's for each phone."""
APPLES_SERVER = "Apple's signing server"
"""How sentences begin that say why it was of no help."""
_TICKETS_SINCE = (17,)
_TUNNEL_SINCE = (17, 4)
_CRYPTEX_SINCE = (27,)
_RESTORE = "Restore"
"""Where CoreDevice's folder keeps them, under names that its manifest tells."""
_MAX_IMAGE_BYTES = 1 << 30
"""Apple's are far below it, and pymobiledevice3 holds them in memory."""
_MAX_MANIFEST_BYTES = 16 << 20


class Objection(StrEnum):
    """What speaks against an image before a phone has seen it, as the worker calls it."""

    NO_DEVELOPER_MODE = "NoDeveloperMode"
    NO_TICKET = "NoTicket"
    OTHER_MODEL = "OtherModel"


@dataclass(frozen=True, slots=True)
class ImageState:
    """What a phone says about its developer image."""

    ios: tuple[int, ...]
    """Version of iOS; empty when unknown."""
    is_mounted: bool

    @property
    def lets_apps_start(self) -> bool:
        """Whether an image is of any use: on iOS 17.0 to 17.3 no computer can start apps."""
        return not _TICKETS_SINCE <= self.ios < _TUNNEL_SINCE

    @property
    def needs_ticket(self) -> bool:
        """Whether an image has to be personalised for the phone."""
        return self.ios >= _TICKETS_SINCE

    @property
    def needs_cryptex(self) -> bool:
        """Whether it takes an image only in a form that labtui cannot install."""
        return self.ios >= _CRYPTEX_SINCE


MOUNT_REFUSALS = (
    Refusal(
        f"{APPLES_SERVER}.*",
        "{name} has no ticket for this image: {code}; check this computer's way to the internet, "
        "and try again.",
    ),
    Refusal(
        Objection.NO_DEVELOPER_MODE,
        "{name} mounts no developer image while Developer Mode is off: switch it on in Settings > "
        "Privacy & Security; the phone restarts.",
    ),
    Refusal(
        Objection.NO_TICKET,
        "{name} has no ticket of Apple's for this image: mount it once from a Mac with Xcode, or "
        "allow labtui with --ask-apple to ask Apple's signing server, which is told the phone's "
        "chip number (ECID) and model, unencrypted.",
    ),
    Refusal(
        Objection.OTHER_MODEL,
        "The image is not made for {name}: take the one of a newer Xcode.",
    ),
    Refusal(
        "already mounted|disk image mount path",
        "{name} has another image in that place: restart the phone, and mount again.",
    ),
    Refusal(
        "No space left|NoSpace",
        "{name} has no room for the image: delete something on the phone.",
        DeviceFull,
    ),
    Refusal(
        "not for iOS",
        "The image is for another version of iOS than {name} has: name the folder of the phone's "
        "own version.",
    ),
    Refusal(
        "signature|personalization manifest|trust ?cache",
        "{name} does not accept the image's signature: take all its files, unchanged, from one "
        "folder of Xcode's.",
    ),
    Refusal(
        "ImageMountFailed",
        "{name} did not mount the image, which may be for another version of iOS; if it is not, "
        "restart the phone, and mount again. ({code})",
    ),
)


def find_files(folder: Path, *, with_ticket: bool) -> tuple[Path, ...]:
    """Return the files of the image in a folder, in the order of the names above.

    From iOS 17 on the folder may also be CoreDevice's own. Raises UsageError when a file is
    missing, empty, too large, or not what its name says.
    """
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"{folder} is no folder that can be read.")
    if not with_ticket:
        return _checked(tuple(folder / name for name in CLASSIC_FILES))
    root = folder / _RESTORE if (folder / _RESTORE).is_dir() else folder
    image, manifest, trust_cache = (root / name for name in PERSONALISED_FILES)
    if manifest.is_file():
        identities = _read_identities(manifest)
        if not image.exists():
            image, trust_cache = _named_files(root, identities)
    return _checked((image, manifest, trust_cache))


def _checked(files: tuple[Path, ...]) -> tuple[Path, ...]:
    names = ", ".join(file.name for file in files)
    for path in files:
        is_readable = path.is_file() and os.access(path, os.R_OK)
        size = path.stat().st_size if is_readable else 0
        if not size:
            raise UsageError(
                f"{path} is missing, empty or closed to you: name a folder with {names}."
            )
        if size > _MAX_IMAGE_BYTES:
            raise UsageError(f"{path} is too large: no developer image has {size} bytes.")
    return files


def _read_identities(manifest: Path) -> list[Record]:
    """Return what a manifest says of each model of iPhone. Raises UsageError."""
    try:
        with manifest.open("rb") as file:
            identities = decode_plist(file.read(_MAX_MANIFEST_BYTES)).get("BuildIdentities")
    except OSError as error:
        raise UsageError(f"{manifest} cannot be read: {error.strerror}.") from error
    except NotAPlist:
        identities = None
    if not isinstance(identities, list):
        raise UsageError(f"{manifest} is no build manifest: take it anew from Xcode's folder.")
    return [_record_in(identity, "Manifest") for identity in identities]


def _named_files(root: Path, identities: list[Record]) -> tuple[Path, Path]:
    """Return image and trust cache under the names that the manifest gives them."""
    for identity in identities:
        image, trust_cache = (
            text_of(_record_in(_record_in(identity, part), "Info"), "Path")
            for part in ("PersonalizedDMG", "LoadableTrustCache")
        )
        if image and trust_cache and _is_inside(root, image) and _is_inside(root, trust_cache):
            return root / image, root / trust_cache
    return root / PERSONALISED_FILES[0], root / PERSONALISED_FILES[-1]


def _record_in(record: object, key: str) -> Record:
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, dict) else {}


def _is_inside(root: Path, name: str) -> bool:
    """Tell whether a file that a manifest names lies below its folder."""
    return "\0" not in name and (root / name).resolve().is_relative_to(root.resolve())
