"""Reading an app package: what iOS needs to know of it to install it."""

import re
import zipfile
from pathlib import Path

from labtui.virtual.ios.apps import App
from labtui.virtual.ios.wire import Record, WireError, decode_plist, text_of

_INFO = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_PROFILE = re.compile(r"Payload/[^/]+\.app/embedded\.mobileprovision")
_BUNDLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,154}")
_EXECUTABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. +-]{0,63}")
_MAX_ENTRY_BYTES = 1 << 20
_DEBUGGABLE = re.compile(rb"<key>get-task-allow</key>\s*<true/>")


class BadPackage(Exception):
    """The file is no package of an app."""


def read_ipa(path: Path) -> App:
    """Return the app in a package. Raises BadPackage, or OSError when there is no such file."""
    try:
        with zipfile.ZipFile(path) as package:
            info = decode_plist(_entry(package, _INFO))
            return _app(info, _entry(package, _PROFILE), _unpacked_bytes(package))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, WireError, EOFError) as error:
        raise BadPackage(f"{path.name} is no app package") from error


def _entry(package: zipfile.ZipFile, pattern: re.Pattern[str]) -> bytes:
    name = next((name for name in package.namelist() if pattern.fullmatch(name)), None)
    if name is None:
        return b""
    with package.open(name) as file:
        return file.read(_MAX_ENTRY_BYTES)


def _unpacked_bytes(package: zipfile.ZipFile) -> int:
    return sum(entry.file_size for entry in package.infolist())


def _app(info: Record, provisioning: bytes, size_bytes: int) -> App:
    bundle_id, executable = text_of(info, "CFBundleIdentifier"), text_of(info, "CFBundleExecutable")
    if not (_BUNDLE_ID.fullmatch(bundle_id) and _EXECUTABLE.fullmatch(executable)):
        raise BadPackage("Info.plist lacks a bundle identifier or an executable")
    return App(
        bundle_id=bundle_id,
        name=text_of(info, "CFBundleName") or executable,
        executable=executable,
        version=text_of(info, "CFBundleShortVersionString") or "1.0",
        minimum_ios=text_of(info, "MinimumOSVersion") or "1.0",
        has_file_sharing=info.get("UIFileSharingEnabled") is True,
        is_debuggable=bool(_DEBUGGABLE.search(provisioning)),
        size_bytes=size_bytes,
    )
