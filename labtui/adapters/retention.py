"""What of labtui's own files stays on a phone, and what makes room for more. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from labtui.core.model import LaunchUid

MAX_AGE_S = 14 * 24 * 3600
MAX_TOTAL_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One of labtui's files, or a folder that is one variant, on a phone."""

    path: str
    size_bytes: int
    """Of a folder only its own entry."""
    used_s: int
    """When it was last used, by the phone's clock."""


def disposable(
    files: Iterable[RemoteFile],
    keep: frozenset[str],
    need_bytes: int,
    free_bytes: int | None,
    now_s: float,
) -> tuple[RemoteFile, ...]:
    """Return what to remove before `need_bytes` more arrive, least recently used first.

    What is unused for longer than MAX_AGE_S goes; then as much as it takes to stay below
    MAX_TOTAL_BYTES and to make room, where it is known how much there is. What is in `keep` stays.
    """
    found = tuple(files)
    total = sum(file.size_bytes for file in found)
    missing = need_bytes - free_bytes if free_bytes is not None else 0
    excess = max(total + need_bytes - MAX_TOTAL_BYTES, missing)
    candidates = sorted(
        (file for file in found if file.path not in keep), key=lambda file: file.used_s
    )
    freed_before = accumulate((file.size_bytes for file in candidates), initial=0)
    return tuple(
        file
        for file, freed in zip(candidates, freed_before, strict=False)
        if freed < excess or now_s - file.used_s > MAX_AGE_S
    )


def raw_name(launch: LaunchUid) -> str:
    """Return the file name under which a phone keeps its own copy of a launch's events."""
    return f"{_stem(launch)}.ndjson"


def outputs_name(launch: LaunchUid) -> str:
    """Return how the names of the files begin that a launch's eval set writes."""
    return f"{_stem(launch)}.outputs"


def _stem(launch: LaunchUid) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", launch)[:64]
