"""Taking out of a text what tells who somebody is: for what people attach to bug reports.

Two nets: what this bench knows to be private, letter by letter, and after it whatever has the
form of an id, a key, an address or a path.
"""

import getpass
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from labtui.core.model import DeviceSnapshot

PATH = "path"
"""What is called so is taken out with all that follows it up to the next space."""
_SHORTEST_PART = 4
"""Shorter words are only taken out where they stand alone: they are parts of many others."""
_KEPT_ROOTS = "system|vendor|apex|product|odm|sys|proc|dev|data/local/tmp|Documents/labtui"
"""Of paths on phones that are the same on all of them, and say what went wrong."""

_NOT_IN_PATH = r"\s'\"`<>|;,()"
_FORMS = (
    (r"-----BEGIN [A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", "<key>"),
    (r"[^\s@<>]+@[^\s@<>]+", "<address>"),
    (r"\b[\w.-]*\.labtui\.runner\b", "<team>.labtui.runner"),
    (rf"(?<![\w/])(?:~[\w.-]*)?/(?!(?:{_KEPT_ROOTS})/)[^{_NOT_IN_PATH}]+", "<path>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{16}\b", "<udid>"),
    (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<uuid>"),
    (r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b", "<mac>"),
    (r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", "<ip>"),
    (r"(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){7})[0-9a-f:]{3,}(?:%\w+)?(?!\w)", "<ip>"),
    (r"(?<!\w)(?:[0-9a-f]{16,}|(?=[\w+/-]*\d)[\w+/-]{40,}=*)", "<id>"),
)
_NOBODYS = frozenset({"admin", "labtui", "localhost", "pi", "root", "runner", "ubuntu", "user"})
"""Names of hosts, users and files that tell nothing of anybody, and are parts of many sentences."""


class Scrubber:
    """Replaces private words by what they are: `<serial>`, `<name>`, `<path>`."""

    def __init__(self, private: Mapping[str, str]) -> None:
        """Take the private words, each with what to call it."""
        words = sorted((word for word in private if word.strip()), key=len, reverse=True)
        self._known = {word.lower(): f"<{private[word]}>" for word in words}
        pattern = "|".join(_pattern(word, private[word]) for word in words) or r"(?!)"
        self._words = re.compile(pattern, re.IGNORECASE)
        self._forms = [(re.compile(form, re.IGNORECASE | re.DOTALL), put) for form, put in _FORMS]

    def text(self, text: str) -> str:
        """Return a text without anything private."""
        text = self._words.sub(lambda found: self._known.get(found[0].lower(), "<path>"), text)
        for form, put in self._forms:
            text = form.sub(put, text)
        return text

    def all_texts(self, value: object) -> object:
        """Return lists and mappings, as JSON knows them, with every text in them scrubbed."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.all_texts(item) for item in value]
        if isinstance(value, dict):
            return {key: self.all_texts(item) for key, item in value.items()}
        return value


def _pattern(word: str, what: str) -> str:
    escaped = re.escape(word)
    if what == PATH:
        return rf"{escaped}[^{_NOT_IN_PATH}]*"
    return escaped if len(word) >= _SHORTEST_PART else rf"(?<!\w){escaped}(?!\w)"


def private_words(
    devices: Iterable[DeviceSnapshot], given_names: Iterable[str], files: Iterable[Path]
) -> dict[str, str]:
    """Return what this bench knows to be private: of its user, its host, its devices and files."""
    words: dict[str, str] = {}
    products = set()
    for device in devices:
        products.add(device.name.lower())
        ids = [device.id.partition(":")[2], *(t.serial for t in device.transports)]
        words |= dict.fromkeys([*ids, device.facts.hardware_id if device.facts else ""], "serial")
    names = (name for name in given_names if not any(name.lower() in p for p in products))
    words |= dict.fromkeys(names, "name")
    for file in files:
        words |= {str(file): PATH, str(file.absolute()): PATH} | _own({file.name: "file"})
    return words | _of_host()


def _of_host() -> dict[str, str]:
    host, home = socket.gethostname(), Path.home()
    users = dict.fromkeys((_told(getpass.getuser), home.name), "user")
    hosts = dict.fromkeys((host, host.partition(".")[0]), "host")
    return _own(users | hosts) | {str(place): PATH for place in (home, Path.cwd())}


def _own(names: Mapping[str, str]) -> dict[str, str]:
    return {name: what for name, what in names.items() if name not in _NOBODYS}


def _told(ask: Callable[[], str]) -> str:
    """Return what the system says; empty where it does not know."""
    try:
        return ask()
    except (OSError, KeyError):
        return ""
