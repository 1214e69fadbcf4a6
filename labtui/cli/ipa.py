"""Reading a signed app package before it is sent: whether it is labtui's runner at all."""

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from labtui.core.model import Digest
from labtui.core.text import clean
from labtui.errors import UsageError

MAX_INFO_BYTES = 1 << 20
_INFO = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for packages that are damaged, encrypted or compressed in unknown ways."""


@dataclass(frozen=True, slots=True)
class Package:
    """A runner app that can be sent."""

    path: Path
    bundle_id: str
    digest: Digest


def read_package(path: Path) -> Package:
    """Return what is in an .ipa. Raises UsageError unless it is labtui's runner."""
    from labtui.adapters.ios.phone import BUNDLE_SUFFIX  # noqa: PLC0415 (heavy)

    try:
        with path.open("rb") as file:
            bundle_id = _bundle_id(path, _info(file.name))
            digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if not bundle_id.endswith(BUNDLE_SUFFIX):
        raise UsageError(
            f"{path} is the app {bundle_id}, not labtui's runner, whose id ends in "
            f"{BUNDLE_SUFFIX}: build runners/ios."
        )
    return Package(path, bundle_id, digest)


def _info(path: str) -> bytes:
    """Return the app's Info.plist; empty when there is none."""
    try:
        with zipfile.ZipFile(path) as package:
            name = next(filter(_INFO.fullmatch, package.namelist()), None)
            if name is None:
                return b""
            with package.open(name) as entry:
                return entry.read(MAX_INFO_BYTES)
    except _BROKEN:
        return b""


def _bundle_id(path: Path, info: bytes) -> str:
    from labtui.adapters.ios.plists import NotAPlist, decode_plist, text_of  # noqa: PLC0415 (heavy)

    try:
        if bundle_id := clean(text_of(decode_plist(info), "CFBundleIdentifier"), 155):
            return bundle_id
    except NotAPlist:
        pass
    raise UsageError(
        f"{path} is no .ipa with an app for iPhones: export one as runners/ios describes."
    )
