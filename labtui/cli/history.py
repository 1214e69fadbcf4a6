"""`labtui history`: what was measured before."""

import argparse
import datetime as dt

from labtui.cli.budgets import budget_of
from labtui.cli.compose import open_history
from labtui.cli.output import print_document, print_table, say
from labtui.cli.results import print_session
from labtui.cli.settings import Settings
from labtui.core.history import SessionRow
from labtui.core.model import SessionUid

_HEADERS = (
    "session", "started", "name", "preset", "devices#", "variants#", "launches#", "samples#",
    "state", "source", "tags",
)  # fmt: skip


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List, show, tag, note or delete sessions."""
    history = open_history(settings)
    if arguments.action == "list":
        return _list(history.sessions(arguments.limit), settings)
    session = history.find_session(arguments.session)
    if arguments.action == "show":
        print_session(history, session, settings, budget_of(arguments))
    else:
        _change(arguments, session, settings)
    return 0


def _change(arguments: argparse.Namespace, session: SessionUid, settings: Settings) -> None:
    from labtui.store import sessions  # noqa: PLC0415 (only when something is to be changed)

    match arguments.action:
        case "tag":
            sessions.tag(settings.db, session, arguments.words)
        case "note":
            sessions.note(settings.db, session, " ".join(arguments.words))
        case "delete":
            sessions.delete(settings.db, session)
    say(f"{arguments.action}: {session}")


def _list(sessions: list[SessionRow], settings: Settings) -> int:
    if settings.as_json:
        print_document("sessions", sessions=sessions)
        return 0
    print_table(_HEADERS, [_row(s) for s in sessions], settings)
    if not sessions:
        say("No sessions yet; `labtui run` or `labtui demo` makes one.")
    return 0


def _row(session: SessionRow) -> tuple[str, ...]:
    started = dt.datetime.fromtimestamp(session.started_us / 1e6).astimezone()
    return (
        session.session,
        started.strftime("%Y-%m-%d %H:%M:%S"),
        session.name,
        session.preset,
        str(session.devices),
        str(session.variants),
        str(session.launches),
        str(session.samples),
        session.outcome.value,
        _source(session),
        ", ".join(session.tags),
    )


def _source(session: SessionRow) -> str:
    """Return what keeps a session apart from measurements of real devices on this bench."""
    if session.is_imported:
        return "imported"
    return "virtual" if session.is_virtual else ""
