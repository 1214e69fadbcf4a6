"""The reading side of the history."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from labtui.core.events import Outcome
from labtui.core.history import (
    LaunchRow,
    ReadingRow,
    ResultRow,
    SampleRow,
    SessionRow,
    StoredPlan,
)
from labtui.core.model import LaunchUid, SessionUid
from labtui.core.stats import LaunchSummary
from labtui.errors import NothingMatched, StoreError, UsageError
from labtui.store import chunks
from labtui.store.connect import connect_ro
from labtui.store.faults import damaged, translated
from labtui.store.plans import ForeignPlan, decode_plan
from labtui.store.read_chunks import chunks_of

_SESSIONS = """
    select
        s.uid as session, s.name, s.preset, s.started_us, s.ended_us, s.outcome,
        (select count(*) from session_device where session = s.uid) as devices,
        (select count(*) from session_variant where session = s.uid) as variants,
        (select count(*) from launch where session = s.uid) as launches,
        (select coalesce(sum(measured_count), 0) from launch where session = s.uid) as samples,
        (select coalesce(max(is_virtual), 0) from session_device where session = s.uid)
            as is_virtual,
        (select json_group_array(tag) from session_tag where session = s.uid) as tags,
        s.note
    from session as s where ? is null or s.uid < ? order by s.uid desc limit ?
"""
_PAGE = 500
"""Launches read at once."""

_READINGS = """
    select l.uid, r.t_ns, r.headline_c, r.thermal_status, r.battery_percent, r.battery_c,
        r.clock_limit_ratio
    from launch as l join reading as r on r.launch_id = l.id
    where l.uid = ? order by r.id
"""


class SqliteHistory:
    """Reads a history (`ports.History`).

    Each call has a connection of its own, so that any thread may call; a long read never holds
    a snapshot for longer than one launch, because a held snapshot keeps the log from shrinking.
    All methods raise StoreError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def sessions(self, limit: int = 100, before: SessionUid | None = None) -> list[SessionRow]:
        """Return sessions, newest first; `before` continues a list."""
        with self._connection() as connection:
            rows = connection.execute(_SESSIONS, (before, before, limit)).fetchall()
        return [_session(row) for row in rows]

    def plan(self, session: SessionUid) -> StoredPlan:
        """Return what a session was meant to do. Raises NothingMatched, StoreError."""
        query = "select plan, outcome from session where uid = ?"
        with self._connection() as connection:
            row = connection.execute(query, (session,)).fetchone()
        if row is None:
            raise NothingMatched(f"There is no session {session}.")
        try:
            plan = decode_plan(row["plan"])
        except ForeignPlan as error:
            raise StoreError(
                f"The plan of session {session} cannot be read ({error}): another version of "
                "labtui wrote it; start a new run."
            ) from error
        return StoredPlan(session, plan, Outcome(row["outcome"]))

    def results(self, session: SessionUid) -> list[ResultRow]:
        """Return one row per device and variant."""
        query = "select * from result where session = ? order by device, variant_position"
        with self._connection() as connection:
            return [_result(row) for row in connection.execute(query, (session,))]

    def launches(self, sessions: Sequence[SessionUid] = ()) -> Iterator[LaunchRow]:
        """Yield launches in order of start; of all sessions when none is named."""
        after = ""
        while page := self._launch_page(sessions, after):
            yield from map(_launch, page)
            after = page[-1]["launch"]

    def _launch_page(self, sessions: Sequence[SessionUid], after: str) -> list[sqlite3.Row]:
        query = (
            f"select * from launch_summary where launch > ? and {_among(sessions)}"  # noqa: S608 (question marks)
            f" order by launch limit {_PAGE}"
        )
        with self._connection() as connection:
            return connection.execute(query, (after, *sessions)).fetchall()

    def samples(self, sessions: Sequence[SessionUid] = ()) -> Iterator[SampleRow]:
        """Yield every sample in order, in constant memory; a damaged chunk is a StoreError."""
        for launch in self._launch_uids(sessions):
            with self._connection() as connection:
                for chunk in chunks_of(connection, launch):
                    try:
                        yield from chunks.rows(launch, chunk)
                    except chunks.DamagedChunk as error:
                        raise damaged(self._path, f"launch {launch}: {error}") from error

    def readings(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ReadingRow]:
        """Yield readings in order of time."""
        for launch in self._launch_uids(sessions):
            with self._connection() as connection:
                rows = connection.execute(_READINGS, (launch,)).fetchall()
            yield from (ReadingRow(*row) for row in rows)

    def find_session(self, prefix: str) -> SessionUid:
        """Return the session whose id starts with `prefix` (`last` = the newest).

        Raises NothingMatched when there is none, UsageError when there are several.
        """
        found = self._newest() if prefix == "last" else self._starting_with(prefix)
        if not found:
            raise NothingMatched(
                f"No session matches {prefix!r}: `labtui history list` shows what there is."
            )
        if len(found) > 1:
            raise UsageError(f"Several sessions start with {prefix!r}: give more of the id.")
        return found[0]

    def _newest(self) -> list[SessionUid]:
        with self._connection() as connection:
            rows = connection.execute("select max(uid) from session").fetchall()
        return [SessionUid(uid) for (uid,) in rows if uid is not None]

    def _starting_with(self, prefix: str) -> list[SessionUid]:
        query = "select uid from session where lower(substr(uid, 1, ?)) = lower(?) limit 2"
        with self._connection() as connection:
            rows = connection.execute(query, (len(prefix), prefix)).fetchall()
        return [SessionUid(uid) for (uid,) in rows]

    def _launch_uids(self, sessions: Sequence[SessionUid]) -> list[LaunchUid]:
        query = f"select uid from launch where {_among(sessions)} order by uid"  # noqa: S608 (question marks)
        with self._connection() as connection:
            return [LaunchUid(uid) for (uid,) in connection.execute(query, tuple(sessions))]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path), closing(connect_ro(self._path)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection


def _among(sessions: Sequence[SessionUid]) -> str:
    """Return the condition that a row is of one of these sessions, or of any if there are none."""
    return f"session in ({', '.join('?' * len(sessions))})" if sessions else "true"


def _session(row: sqlite3.Row) -> SessionRow:
    return SessionRow(
        **_pick(SessionRow, row)
        | {
            "outcome": Outcome(row["outcome"]),
            "is_virtual": bool(row["is_virtual"]),
            "tags": tuple(sorted(json.loads(row["tags"]))),
        }
    )


def _result(row: sqlite3.Row) -> ResultRow:
    return ResultRow(
        **_pick(ResultRow, row)
        | {
            "is_virtual": bool(row["is_virtual"]),
            "was_throttled": _flag(row["was_throttled"]),
        }
    )


def _launch(row: sqlite3.Row) -> LaunchRow:
    has_summary = row["count"] is not None
    return LaunchRow(
        **_pick(LaunchRow, row)
        | {
            "index": row["position"],
            "outcome": Outcome(row["outcome"]),
            "is_virtual": bool(row["is_virtual"]),
            "was_throttled": _flag(row["was_throttled"]),
            "summary": LaunchSummary(**_pick(LaunchSummary, row)) if has_summary else None,
        }
    )


def _pick(kind: type[Any], row: sqlite3.Row) -> dict[str, Any]:
    """Return the fields of a row type that a row has under the same name."""
    columns = row.keys()
    return {field.name: row[field.name] for field in fields(kind) if field.name in columns}


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)
