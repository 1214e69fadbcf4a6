"""Changes to finished sessions: tags, notes, deletion."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from labtui.core.model import SessionUid
from labtui.core.text import clean
from labtui.errors import NothingMatched, UsageError
from labtui.store.connect import connect_rw, transaction
from labtui.store.faults import translated

MAX_NOTE = 10_000
"""Characters of a note."""


def tag(path: Path, session: SessionUid, tags: Sequence[str]) -> None:
    """Add tags to a session. Raises NothingMatched, UsageError for an empty tag, StoreError."""
    cleaned = [clean(name.strip()) for name in tags]
    if not all(cleaned):
        raise UsageError("A tag cannot be empty.")
    with _changing(path, session) as connection:
        connection.executemany(
            "insert into session_tag values (?, ?) on conflict do nothing",
            [(session, name) for name in cleaned],
        )


def note(path: Path, session: SessionUid, text: str) -> None:
    """Replace the note of a session; lines stay lines."""
    lines = [clean(line, MAX_NOTE) for line in text.splitlines()]
    with _changing(path, session) as connection:
        connection.execute(
            "update session set note = ? where uid = ?", ("\n".join(lines)[:MAX_NOTE], session)
        )


def delete(path: Path, session: SessionUid) -> None:
    """Delete a session and everything measured in it. Raises UsageError while it runs."""
    with _changing(path, session) as connection:
        (outcome,) = connection.execute(
            "select outcome from session where uid = ?", (session,)
        ).fetchone()
        if outcome == "running":
            raise UsageError(f"Session {session} is running: stop it before you delete it.")
        connection.execute("delete from session where uid = ?", (session,))


@contextmanager
def _changing(path: Path, session: SessionUid) -> Iterator[sqlite3.Connection]:
    with (
        translated(path),
        closing(connect_rw(path, timeout_s=5.0)) as connection,
        transaction(connection),
    ):
        if not connection.execute("select 1 from session where uid = ?", (session,)).fetchone():
            raise NothingMatched(f"There is no session {session}.")
        yield connection
