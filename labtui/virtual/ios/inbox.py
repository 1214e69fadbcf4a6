"""The runner app's inbox, `Documents/labtui`: the host's token, and digests of what it pushed."""

import hmac
import re
from pathlib import Path

from labtui.core.digests import MANIFEST
from labtui.core.model import Digest
from labtui.hostrunner.content import content_digest, content_files
from labtui.virtual.ios.files import SandboxFolder

FOLDER = "Documents/labtui"
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MAX_TOKEN_BYTES = 100


class LeavesInbox(Exception):
    """A path that does not lie in the inbox."""


def is_token(text: object, inbox: SandboxFolder) -> bool:
    """Return whether a host knows the token that was written into the inbox."""
    try:
        with inbox.open_read("/token") as file:
            token = file.read(_MAX_TOKEN_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    if not isinstance(text, str) or not _TOKEN.fullmatch(token):
        return False
    return hmac.compare_digest(token.encode(), text.encode())


def digests(paths: list[str], inbox: SandboxFolder) -> list[dict[str, object]]:
    """Return path, digest and size of what is there. Raises LeavesInbox."""
    places = {path: _place(path, inbox) for path in paths}
    return [
        {"path": path, "sha256": digest, "bytes": size_bytes}
        for path, place in places.items()
        if place.exists()
        for digest, size_bytes in [_content_digest(place)]
    ]


def _place(path: str, inbox: SandboxFolder) -> Path:
    parts = path.split("/")
    if ".." in parts or not parts[0] or not parts[-1]:
        raise LeavesInbox(path)
    try:
        return inbox.host_path(path)
    except OSError as error:
        raise LeavesInbox(path) from error


def _content_digest(place: Path) -> tuple[Digest, int]:
    if place.is_file():
        return content_digest(place), place.stat().st_size
    covered = (file for file in content_files(place) if file != place / MANIFEST)
    return content_digest(place), sum(file.stat().st_size for file in covered)
