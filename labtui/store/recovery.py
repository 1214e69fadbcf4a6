"""What a writer left behind when it died: marked as interrupted when the history is next opened."""

import sqlite3
from contextlib import closing
from pathlib import Path

from labtui.core.model import LaunchUid, SessionUid
from labtui.core.stats import LaunchSummary, summarise
from labtui.store.chunks import DamagedChunk, durations_ns
from labtui.store.connect import connect_rw, transaction
from labtui.store.keep_launch import insert_stat
from labtui.store.owners import is_alive
from labtui.store.read_chunks import chunks_of

_LOCK_TIMEOUT_S = 3.0
_CAUSE = "labtui ended before the launch did."
_ORPHANS = """
    select uid, owner from session where outcome = 'running'
    union
    select s.uid, s.owner from launch as l join session as s on s.uid = l.session
    where l.outcome = 'running'
    order by 1
"""


def recover(path: Path) -> tuple[SessionUid, ...]:
    """Mark sessions whose writer is gone as interrupted; return them, oldest first.

    Raises sqlite3.Error: also when the history cannot be written.
    """
    with closing(connect_rw(path, _LOCK_TIMEOUT_S)) as connection, transaction(connection):
        orphans = [
            SessionUid(session)
            for session, owner in connection.execute(_ORPHANS).fetchall()
            if not is_alive(path, owner)
        ]
        for session in orphans:
            _interrupt(connection, session)
        return tuple(orphans)


def _interrupt(connection: sqlite3.Connection, session: SessionUid) -> None:
    running = connection.execute(
        "select uid from launch where session = ? and outcome = 'running'", (session,)
    )
    for (launch,) in running.fetchall():
        if (summary := _summary(connection, launch)) is not None:
            insert_stat(connection, launch, summary)
    connection.execute(
        "update launch set outcome = 'interrupted', cause = ?"
        " where session = ? and outcome = 'running'",
        (_CAUSE, session),
    )
    connection.execute(
        "update session_device set outcome = 'interrupted'"
        " where session = ? and outcome = 'running'",
        (session,),
    )
    connection.execute(
        "update session set outcome = 'interrupted' where uid = ? and outcome = 'running'",
        (session,),
    )


def _summary(connection: sqlite3.Connection, launch: LaunchUid) -> LaunchSummary | None:
    """Return the summary of what was kept; None when there is nothing, or nothing to trust."""
    try:
        return summarise(
            [
                duration_ns
                for chunk in chunks_of(connection, launch)
                if not chunk.is_warmup
                for duration_ns in durations_ns(chunk)
            ]
        )
    except DamagedChunk:
        return None
