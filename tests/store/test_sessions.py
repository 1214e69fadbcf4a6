"""Tags, notes and deletion of sessions."""

from collections.abc import Callable, Iterable

import pytest

from labtui.core.events import BenchEvent
from labtui.core.model import SessionUid
from labtui.errors import NothingMatched, UsageError
from labtui.store import Store, sessions
from tests.store.bench_events import (
    SESSION,
    launch_started,
    scored_session,
    session_started,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
UNKNOWN = SessionUid("nowhere")


def test_tags_are_added(store: Store, record: Record) -> None:
    record(whole_session())
    sessions.tag(store.path, SESSION, ["release", " before fix ", "baseline"])
    assert ("baseline", "before fix", "release") == store.history.sessions()[0].tags


def test_an_empty_tag_is_refused(store: Store, record: Record) -> None:
    record(whole_session())
    with pytest.raises(UsageError, match="cannot be empty"):
        sessions.tag(store.path, SESSION, ["good", "  "])
    assert ("baseline",) == store.history.sessions()[0].tags


def test_a_note_keeps_its_lines_and_loses_control_characters(store: Store, record: Record) -> None:
    record(whole_session())
    sessions.note(store.path, SESSION, "warm room\n\x1b[2Jtwo fans")
    assert "warm room\n\ufffd[2Jtwo fans" == store.history.sessions()[0].note
    sessions.note(store.path, SESSION, "")
    assert "" == store.history.sessions()[0].note


def test_deletion_takes_everything_measured_with_it(
    store: Store, record: Record, query: Query
) -> None:
    record([*whole_session(), *scored_session(SessionUid("01S001"))])
    for session in (SESSION, SessionUid("01S001")):
        sessions.delete(store.path, session)
    tables = query(
        "select name from sqlite_schema where type = 'table' and name not like '\\_%' escape '\\'"
        " and name not in ('device', 'variant', 'eval_set')"
    )
    left = {name: query(f"select count(*) from {name}") for (name,) in tables}  # noqa: S608 (names of tables)
    assert {name: [(0,)] for (name,) in tables} == left


def test_deletion_leaves_other_sessions_alone(store: Store, record: Record) -> None:
    record([*whole_session(), session_started(SessionUid("01S001"))])
    with pytest.raises(UsageError, match="is running"):
        sessions.delete(store.path, SessionUid("01S001"))
    sessions.delete(store.path, SESSION)
    assert ["01S001"] == [row.session for row in store.history.sessions()]


def test_a_running_session_cannot_be_deleted(store: Store, record: Record) -> None:
    record([session_started(), launch_started()])
    with pytest.raises(UsageError, match="is running: stop it"):
        sessions.delete(store.path, SESSION)
    assert 1 == len(list(store.history.launches()))


@pytest.mark.parametrize(
    "change",
    [
        lambda path: sessions.tag(path, UNKNOWN, ["x"]),
        lambda path: sessions.note(path, UNKNOWN, "x"),
        lambda path: sessions.delete(path, UNKNOWN),
    ],
)
def test_an_unknown_session_is_said(store: Store, change: Callable[..., None]) -> None:
    with pytest.raises(NothingMatched, match="no session nowhere"):
        change(store.path)
