"""Which sessions, devices and variants of the history the words of a command mean."""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence

from labtui.core.compare.evidence import Evidence
from labtui.core.history import SessionRow
from labtui.core.model import SessionUid
from labtui.core.select import picks, slug
from labtui.errors import NothingMatched
from labtui.ports import History

_PAGE = 200


def find_session(history: History, word: str) -> SessionUid:
    """Return a session by tag (the newest that has it), `last`, or the start of its id.

    Raises NothingMatched, and UsageError where several ids start so.
    """
    tagged = (row.session for row in _sessions(history) if word in row.tags)
    return next(tagged, None) or history.find_session(word)


def is_session(history: History, word: str) -> bool:
    """Tell whether a word names a session."""
    try:
        find_session(history, word)
    except NothingMatched:
        return False
    return True


def _sessions(history: History) -> Iterator[SessionRow]:
    before: SessionUid | None = None
    while page := history.sessions(_PAGE, before):
        yield from page
        before = page[-1].session


def fits(evidence: Evidence, pattern: str) -> bool:
    """Tell whether a pattern picks a variant: by name with or without options, recipe or digest."""
    key = evidence.variant
    words = (key.name, f"{key.model} {key.recipe}", key.recipe, key.digest)
    return any(fnmatch.fnmatchcase(slug(word), slug(pattern)) for word in words)


def pick_devices(
    devices: Iterable[Sequence[Evidence]], selectors: Sequence[str]
) -> list[Sequence[Evidence]]:
    """Return the devices that any selector picks; none of them picks all.

    Raises NothingMatched naming the first selector that picks nothing, UsageError.
    """
    known = [peers for peers in devices if peers]
    for selector in selectors:
        if not any(_is_picked(peers, selector) for peers in known):
            names = ", ".join(peers[0].device_name for peers in known) or "none"
            raise NothingMatched(f"No device matches {selector!r}; in the session: {names}.")
    return [p for p in known if not selectors or any(_is_picked(p, s) for s in selectors)]


def _is_picked(peers: Sequence[Evidence], selector: str) -> bool:
    first = peers[0]
    platform, _, hardware_id = first.device.partition(":")
    words: dict[str, Sequence[str]] = {
        "serial": [hardware_id],
        "soc": sorted({launch.soc for evidence in peers for launch in evidence.launches}),
        "name": [first.device_name],
        "platform": [platform],
        "id": [first.device],
    }
    return picks(selector, words, is_virtual=first.is_virtual)


def known_variants(devices: Iterable[Sequence[Evidence]]) -> str:
    """Return the names there are, for a sentence."""
    names = dict.fromkeys(evidence.variant.name for peers in devices for evidence in peers)
    return ", ".join(names) or "none"
