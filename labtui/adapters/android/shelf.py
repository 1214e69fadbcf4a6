"""labtui's folder on a phone: where things lie, what is there. Pure."""

import posixpath
import re
from dataclasses import dataclass

from labtui.adapters.android.shell import command, sections, split_sections
from labtui.adapters.retention import RemoteFile, outputs_name, raw_name
from labtui.core.logs.df import parse_free_bytes
from labtui.core.model import Digest, LaunchUid
from labtui.errors import BadVariant

FOLDER = "/data/local/tmp/labtui"
RESERVE_BYTES = 32 << 20
"""Room left for the phone itself, raw files and temporary ones."""

ENGINES = f"{FOLDER}/engines"
_FOLDERS = tuple(f"{FOLDER}/{name}" for name in ("variants", "runners", "raw", "engines"))
_LISTED = tuple(
    f"{FOLDER}/{files}" for files in ("variants/*", "runners/*", "raw/*", "engines/*/*")
)
_OWN_FILE = re.compile(
    rf"{FOLDER}/(?:(?:variants|runners)/[0-9a-f]{{64}}(?:\.[a-z0-9]{{1,16}})?(?:\.part)?"
    r"|engines/[0-9a-f]{64}/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,95}\.so(?:\.part)?"
    r"|raw/[A-Za-z0-9_-]{1,64}\.(?:ndjson|outputs\.\d{1,4}\.npy))"
)
_STAT_LINE = re.compile(r"^(\d{1,12}) (\d{1,15}) (/\S{1,200})$", re.MULTILINE)


def variant_path(digest: Digest, suffix: str) -> str:
    """Return where a file lies on the phone; the same content always lies at the same path."""
    if not re.fullmatch(r"\.[a-z0-9]{1,16}", suffix) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise BadVariant(f"A file with the suffix {suffix!r} cannot be pushed: rename it.")
    return f"{FOLDER}/variants/{digest}{suffix}"


def runner_path(digest: Digest) -> str:
    """Return where a runner, or a tool that stands in for one, of this content lies."""
    return f"{FOLDER}/runners/{digest}"


def engine_folder(engine: Digest) -> str:
    """Return the folder of an engine's libraries; another set of files is another folder."""
    return f"{ENGINES}/{engine}"


def raw_file(launch: LaunchUid) -> str:
    """Return where a launch keeps its own copy of its events, relative to the folder."""
    return f"raw/{raw_name(launch)}"


def outputs(launch: LaunchUid) -> str:
    """Return how the paths of a launch's eval outputs begin, relative to the folder."""
    return f"raw/{outputs_name(launch)}"


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in the folder, and how much room there is."""

    free_bytes: int | None
    now_s: int
    """The phone's wall clock, s since 1970."""
    digest: str
    """SHA-256 of the file that was asked for; empty when it is not there."""
    files: tuple[RemoteFile, ...]


def survey_script(path: str) -> str:
    """Return the one script that makes the folders and tells everything before a push."""
    return sections(
        (
            command("mkdir", "-p", *_FOLDERS, posixpath.dirname(path)),
            command("df", FOLDER),
            "date +%s",
            f"test -e {command(path)} && {command('sha256sum', path)} && {command('touch', path)}",
            "stat -c '%Y %s %n' " + " ".join(_LISTED),
        )
    )


def parse_survey(output: str) -> Survey:
    """Read the answer to a survey script; names that labtui did not give are left out."""
    _, df, date, digest, files = split_sections(output, 5)
    return Survey(
        free_bytes=parse_free_bytes(df),
        now_s=int(date) if re.fullmatch(r"\d{1,12}\s*", date) else 0,
        digest=parse_digest(digest),
        files=tuple(
            RemoteFile(path, int(size), int(used))
            for used, size, path in _STAT_LINE.findall(files)
            if _OWN_FILE.fullmatch(path)
        ),
    )


def parse_digest(output: str) -> str:
    """Return the digest that `sha256sum` printed, or nothing."""
    match = re.match(r"\\?([0-9a-f]{64})\s", output)
    return match[1] if match else ""
