"""The reading side of the history."""

import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from labtui.core.accuracy import Predictions, decode_predictions
from labtui.core.events import Outcome
from labtui.core.history import (
    LaunchRow,
    OpTimeRow,
    PredictionsRow,
    ReadingRow,
    ResultRow,
    SampleRow,
    ScoreRow,
    SessionRow,
    StoredPlan,
)
from labtui.core.marks import Mark
from labtui.core.model import DeviceId, Digest, EngineOptions, LaunchUid, SessionUid
from labtui.core.plan import DoneLaunch
from labtui.core.plausibility import Past
from labtui.errors import NothingMatched, StoreError, UsageError
from labtui.store import chunks
from labtui.store.connect import connect_ro
from labtui.store.faults import damaged, translated
from labtui.store.history_rows import (
    launch_row,
    op_time_row,
    result_row,
    score_row,
    session_row,
)
from labtui.store.plans import ForeignPlan, decode_plan
from labtui.store.read_chunks import chunks_of
from labtui.store.read_marks import marks_of, not_needed, stopped_early

_SESSIONS = """
    select
        s.uid as session, s.name, s.preset, s.started_us, s.ended_us, s.outcome,
        (select count(*) from session_device where session = s.uid) as devices,
        (select count(*) from session_variant where session = s.uid) as variants,
        (select count(*) from launch where session = s.uid and purpose = 'measure') as launches,
        (select coalesce(sum(measured_count), 0) from launch
            where session = s.uid and purpose = 'measure') as samples,
        (select coalesce(max(is_virtual), 0) from session_device where session = s.uid)
            as is_virtual,
        s.origin = 'imported' as is_imported,
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
_OP_TIMES = """
    select l.uid as launch, o.position, o.name, o.unit, o.delegate, o.count, o.mean_ns,
        o.mean_ns / nullif(sum(o.mean_ns) over (), 0) as share
    from launch as l join op_time as o on o.launch_id = l.id
    where l.uid = ? order by o.position
"""
_PREDICTIONS = """
    select p.items from launch as l join prediction as p on p.launch_id = l.id where l.uid = ?
"""
_PAST = """
    select l.session, s.p50_ns
    from session_variant as v
    join session_device as d on d.session = v.session and d.device = :device
    join launch as l
        on l.session = v.session and l.device = d.device and l.variant_position = v.position
    join launch_stat as s on s.launch_id = l.id
    where v.digest = :digest and v.session <> :besides and l.outcome = 'done'
        and l.purpose = 'measure' and v.accelerator = :accelerator and v.threads = :threads
        and v.affinity is :affinity and v.xnnpack = :xnnpack and d.is_virtual = :is_virtual
    order by l.session desc limit :most
"""
_MOST_PAST_LAUNCHES = 500


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
        return [session_row(row) for row in rows]

    def plan(self, session: SessionUid) -> StoredPlan:
        """Return what a session was meant to do.

        Raises NothingMatched, UsageError for an imported one, StoreError.
        """
        query = "select plan, outcome, origin from session where uid = ?"
        with self._connection() as connection:
            row = connection.execute(query, (session,)).fetchone()
        if row is None:
            raise NothingMatched(f"There is no session {session}.")
        if row["origin"] == "imported":
            raise UsageError(f"Session {session} was imported from a log: it cannot be run again.")
        try:
            plan = decode_plan(row["plan"])
        except ForeignPlan as error:
            raise StoreError(
                f"The plan of session {session} cannot be read ({error}): another version of "
                "labtui wrote it; start a new run."
            ) from error
        return StoredPlan(session, plan, Outcome(row["outcome"]))

    def done(self, session: SessionUid) -> tuple[DoneLaunch, ...]:
        """Return the launches of a session that need not run again.

        Checks are none of them: they belong to the measurements that follow in the same session.
        """
        query = (
            "select device, position from launch"
            " where session = ? and outcome = 'done' and purpose <> 'check' order by id"
        )
        with self._connection() as connection:
            rows = connection.execute(query, (session,)).fetchall()
            early = stopped_early(connection, session)
        done = [DoneLaunch(DeviceId(device), position) for device, position in rows]
        if early:
            plan = self.plan(session).plan
            done += [launch for device in early for launch in not_needed(plan, device)]
        return tuple(done)

    def marks(self, session: SessionUid) -> list[Mark]:
        """Return what happened between launches: blocks that waited, early ends."""
        with self._connection() as connection:
            return list(marks_of(connection, session))

    def results(self, session: SessionUid) -> list[ResultRow]:
        """Return one row per device and variant."""
        query = "select * from result where session = ? order by device, variant_position"
        with self._connection() as connection:
            return [result_row(row) for row in connection.execute(query, (session,))]

    def launches(self, sessions: Sequence[SessionUid] = ()) -> Iterator[LaunchRow]:
        """Yield launches that measure in order of start; of all sessions when none is named."""
        return map(launch_row, self._launch_view("launch_summary", sessions))

    def scores(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ScoreRow]:
        """Yield what outputs of launches were worth, in order of start."""
        return map(score_row, self._launch_view("accuracy", sessions))

    def predictions(self, sessions: Sequence[SessionUid] = ()) -> Iterator[PredictionsRow]:
        """Yield what launches predicted, one launch in memory at a time."""
        for scored in self.scores(sessions):
            with self._connection() as connection:
                row = connection.execute(_PREDICTIONS, (scored.launch,)).fetchone()
            if row is not None:
                yield PredictionsRow(scored, self._decoded(scored.launch, row["items"]))

    def _decoded(self, launch: LaunchUid, items: str) -> Predictions:
        try:
            return decode_predictions(items)
        except ValueError as error:
            raise damaged(self._path, f"the predictions of launch {launch}: {error}") from error

    def _launch_view(self, view: str, sessions: Sequence[SessionUid]) -> Iterator[sqlite3.Row]:
        """Yield the rows of a view that has one for each launch, page by page."""
        query = (
            f"select * from {view} where launch > ? and {_among(sessions)}"  # noqa: S608 (question marks)
            f" order by launch limit {_PAGE}"
        )
        after = ""
        while True:
            with self._connection() as connection:
                page = connection.execute(query, (after, *sessions)).fetchall()
            if not page:
                return
            yield from page
            after = page[-1]["launch"]

    def samples(self, sessions: Sequence[SessionUid] = ()) -> Iterator[SampleRow]:
        """Yield every sample of launches that measure in order, in constant memory.

        A damaged chunk is a StoreError.
        """
        for launch in self._launch_uids(sessions):
            with self._connection() as connection:
                for chunk in chunks_of(connection, launch):
                    try:
                        yield from chunks.rows(launch, chunk)
                    except chunks.DamagedChunk as error:
                        raise damaged(self._path, f"launch {launch}: {error}") from error

    def readings(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ReadingRow]:
        """Yield readings of launches that measure in order of time."""
        for launch in self._launch_uids(sessions):
            with self._connection() as connection:
                rows = connection.execute(_READINGS, (launch,)).fetchall()
            yield from (ReadingRow(*row) for row in rows)

    def op_times(self, sessions: Sequence[SessionUid] = ()) -> Iterator[OpTimeRow]:
        """Yield the ops of profiling passes, launch by launch, in the order in which they ran."""
        for launch in self._launch_uids(sessions):
            with self._connection() as connection:
                rows = connection.execute(_OP_TIMES, (launch,)).fetchall()
            yield from map(op_time_row, rows)

    def past(
        self,
        digest: Digest,
        engine: EngineOptions,
        device: DeviceId,
        *,
        is_virtual: bool,
        besides: SessionUid,
    ) -> Past:
        """Return what all sessions but one measured of a variant on a device, same options."""
        conditions = {
            "digest": digest, "device": device, "is_virtual": is_virtual, "besides": besides,
        }  # fmt: skip
        with self._connection() as connection:
            rows = connection.execute(
                _PAST, conditions | asdict(engine) | {"most": _MOST_PAST_LAUNCHES}
            ).fetchall()
        by_session: defaultdict[str, list[float]] = defaultdict(list)
        for uid, p50_ns in rows:
            by_session[uid].append(p50_ns)
        return Past(tuple(map(statistics.median, by_session.values())), len(rows))

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
        query = (
            f"select uid from launch where purpose = 'measure' and {_among(sessions)}"  # noqa: S608 (question marks)
            " order by uid"
        )
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
