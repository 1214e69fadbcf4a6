"""`labtui import`: what other tools measured, into the history, labelled as such."""

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

from labtui.bench.clock import SystemClock
from labtui.bench.ids import new_uid
from labtui.cli.compose import open_history
from labtui.cli.files import read_file
from labtui.cli.output import print_document, say
from labtui.cli.results import print_results
from labtui.cli.settings import Settings
from labtui.core.events import SessionStarted
from labtui.core.imported import ImportedAs, ImportedFile, session_events
from labtui.core.logs.benchmark_model import HELLO_OF_A_LOG, BenchmarkLog
from labtui.core.logs.foreign import MAX_BYTES, parse_foreign
from labtui.core.model import Digest, SessionUid
from labtui.core.text import clean
from labtui.errors import UsageError
from labtui.ports import History


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file."""

    file: str
    session: SessionUid
    """Which holds its results."""
    is_new: bool
    """False: an earlier import has it, and nothing was stored."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import all files, or none if one cannot be read; one that is known is left out."""
    read = [_read(path) for path in arguments.paths]
    history = open_history(settings)
    known = ImportedAs(arguments.device or "unknown device", tuple(arguments.tag))
    taken = [_keep(file, log, known, settings) for file, log in read]
    if settings.as_json:
        results = [result for one in taken for result in history.results(one.session)]
        print_document("imported", files=taken, results=results)
        return 0
    for one in taken:
        _tell(one, history, settings)
    return 0


def _read(path: Path) -> tuple[ImportedFile, BenchmarkLog]:
    """Return a file and its runs. Raises UsageError for what holds no runs."""
    data = read_file(path, MAX_BYTES)
    found = parse_foreign(data)
    if found is None or not isinstance(found.content, BenchmarkLog):
        raise UsageError(
            f"{path} holds no results that can be imported: give a log or a result file of "
            "benchmark_model."
        )
    file = ImportedFile(
        name=clean(path.name),
        sha256=Digest(hashlib.sha256(data).hexdigest()),
        format=found.kind,
        tool=HELLO_OF_A_LOG.runner,
        tool_version=HELLO_OF_A_LOG.runner_version,
        imported_us=SystemClock().unix_us(),
    )
    return file, found.content


def _keep(file: ImportedFile, log: BenchmarkLog, known: ImportedAs, settings: Settings) -> Taken:
    from labtui.store.imports import keep_import  # noqa: PLC0415 (heavy)

    clock = SystemClock()
    events = session_events(log, file, known, lambda: new_uid(clock))
    (session,) = (event.session for event in events if isinstance(event, SessionStarted))
    earlier = keep_import(settings.db, file, events)
    return Taken(file.name, earlier or session, is_new=earlier is None)


def _tell(taken: Taken, history: History, settings: Settings) -> None:
    if not taken.is_new:
        say(
            f"{taken.file} is in the history already: session {taken.session}; "
            "`labtui history delete` it to import the file anew."
        )
        return
    say(f"{taken.file}: imported as session {taken.session}")
    print_results(history, taken.session, settings)
