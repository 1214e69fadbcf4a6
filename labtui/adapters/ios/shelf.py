"""labtui's folder in the runner's documents: where things lie and what may go. Pure."""

import posixpath
import re
from dataclasses import dataclass

from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.phone import FOLDER
from labtui.adapters.retention import RemoteFile, disposable, outputs_name, raw_name
from labtui.core.model import Digest, LaunchUid
from labtui.errors import BadVariant

VARIANTS = f"{FOLDER}/variants"
OUTPUTS = f"{FOLDER}/outputs"
"""Of one launch at a time."""
RESERVE_BYTES = 64 << 20
"""Room left for the phone itself, compiled models and raw files."""
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
    return f"raw-{raw_name(launch)}"


def outputs(launch: LaunchUid) -> str:
    """Return how the paths of a launch's eval outputs begin."""
    return f"{OUTPUTS}/{outputs_name(launch)}"


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


def to_remove(
    survey: Survey, keep: frozenset[str], need_bytes: int, now_s: float
) -> tuple[RemoteFile, ...]:
    """Return what goes before `need_bytes` more arrive: what never arrived whole goes in any case.

    For the rest see `labtui.adapters.retention.disposable`.
    """
    parts = tuple(file for file in survey.files if file.path.endswith(_PART))
    whole = (file for file in survey.files if not file.path.endswith(_PART))
    free_bytes = survey.free_bytes + sum(file.size_bytes for file in parts)
    return parts + disposable(whole, keep, need_bytes, free_bytes, now_s)
