"""labtui's folder in the runner's documents: where things lie and what may go. Pure."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.phone import FOLDER
from labtui.core.model import Digest, LaunchUid
from labtui.errors import BadVariant

VARIANTS = f"{FOLDER}/variants"
RESERVE_BYTES = 64 << 20
"""Room left for the phone itself, compiled models and raw files."""
MAX_TOTAL_BYTES = 2 << 30
MAX_AGE_S = 14 * 24 * 3600
_PART = ".part"
_OWN_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,16}(?:\.part)?")


def variant_path(digest: Digest, suffix: str) -> str:
    """Return where a variant lies; the same content always lies at the same path."""
    name = f"{digest}{suffix}"
    if not _OWN_NAME.fullmatch(name) or name.endswith(_PART):
        raise BadVariant(f"A file with the suffix {suffix!r} cannot be pushed: rename it.")
    return f"{VARIANTS}/{name}"


def part_path(remote: str) -> str:
    """Return where a variant lies until all of it has arrived."""
    return f"{remote}{_PART}"


def in_jobs(remote: str) -> str:
    """Return a path as jobs name it: relative to the folder."""
    return posixpath.relpath(remote, FOLDER)


def raw_file(launch: LaunchUid) -> str:
    """Return where a launch keeps its own copy of its events, as jobs name it."""
    return f"raw-{re.sub(r'[^A-Za-z0-9_-]', '-', launch)[:64]}.ndjson"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One of labtui's variants on the phone."""

    path: str
    size_bytes: int
    """Of a folder only its own entry."""
    used_s: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in the folder, and how much room there is."""

    free_bytes: int
    files: tuple[RemoteFile, ...]


def parse_survey(answer: Arguments) -> Survey:
    """Read the answer to `survey`; names that labtui did not give are left out."""
    files = (
        RemoteFile(f"{VARIANTS}/{entry['name']}", entry["bytes"], entry["used_s"])
        for entry in answer["entries"]
        if _OWN_NAME.fullmatch(entry["name"])
    )
    return Survey(answer["free_bytes"], tuple(files))


def disposable(
    survey: Survey, keep: frozenset[str], need_bytes: int, now_s: float
) -> Sequence[RemoteFile]:
    """Return what to remove before `need_bytes` more arrive, least recently used first.

    What never arrived whole and what is old goes; then as much as it takes to stay below
    MAX_TOTAL_BYTES and to make room. What is in `keep` stays.
    """
    total = sum(file.size_bytes for file in survey.files)
    excess = max(total + need_bytes - MAX_TOTAL_BYTES, need_bytes - survey.free_bytes)
    candidates = sorted(
        (file for file in survey.files if file.path not in keep),
        key=lambda file: (not file.path.endswith(_PART), file.used_s),
    )
    freed_before = accumulate((file.size_bytes for file in candidates), initial=0)
    return tuple(
        file
        for file, freed in zip(candidates, freed_before, strict=False)
        if freed < excess or now_s - file.used_s > MAX_AGE_S or file.path.endswith(_PART)
    )
