"""Developer images as virtual iPhones know them: what fits a phone, and what it is signed with.

No image of Apple's can be checked here, or be shipped. Any file is an image for these phones, and
its SHA-256 is its signature, as `sha256sum` prints it: the `.signature` file up to iOS 16, and the
trust cache from iOS 17 on. A first line `iOS 16.6` ties an image to that version of iOS. The ticket
that Apple's server makes for one phone and one image is a digest over both.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from labtui.virtual.ios.profile import IphoneProfile

_PERSONALISED_SINCE = (17,)
_FIRST_LINE = re.compile(rb"iOS (\d+)\.(\d+)\r?\n")
_HEAD_BYTES = 32


class ImageKind(StrEnum):
    """The image types of `mobile_image_mounter`."""

    DEVELOPER = "Developer"
    PERSONALISED = "Personalized"

    @property
    def mount_path(self) -> str:
        """Where a phone mounts it."""
        return "/Developer" if self is ImageKind.DEVELOPER else "/System/Developer"


def kind_for(profile: IphoneProfile) -> ImageKind:
    """Return which kind of image a phone takes."""
    is_personalised = profile.ios >= _PERSONALISED_SINCE
    return ImageKind.PERSONALISED if is_personalised else ImageKind.DEVELOPER


class UploadedImage:
    """What has been received of an image; only digests of it are kept."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha384 = hashlib.sha384()
        self._head = b""

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._sha256.update(piece)
        self._sha384.update(piece)
        self._head = (self._head + piece)[:_HEAD_BYTES]

    @property
    def digest(self) -> bytes:
        """SHA-384, which tickets are for."""
        return self._sha384.digest()

    def fits(self, ios: tuple[int, ...]) -> bool:
        """Return whether it is for a version of iOS."""
        wanted = _FIRST_LINE.match(self._head)
        return wanted is None or tuple(map(int, wanted.groups())) == ios[:2]

    def is_signed_by(self, signature: object) -> bool:
        """Return whether the content of a signature file is this image's."""
        words = signature.split() if isinstance(signature, bytes) else []
        return words[:1] == [self._sha256.hexdigest().encode()]


def make_ticket(ecid: int, digest: bytes) -> bytes:
    """Return the ticket for an image, by its SHA-384, on the phone with that chip."""
    return hashlib.sha384(b"%x:" % ecid + digest).digest()


@dataclass(frozen=True, slots=True)
class MountedImage:
    """An image that is mounted."""

    kind: ImageKind
    signature: bytes
    """What it was mounted with: the content of a signature file, or a ticket."""
