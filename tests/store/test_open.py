"""Opening: creation, migration, refusals that leave the file as it was, recovery."""

import asyncio
import fcntl
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from labtui.core.events import BenchEvent, Outcome
from labtui.core.model import SessionUid
from labtui.core.stats import summarise
from labtui.errors import ForeignDatabase, NewerDatabase, StoreError, StoreFull, StoreLocked
from labtui.failure import FailureCode
from labtui.store import Store, connect, migrate, open_store, recovery
from labtui.store.owners import Owner
from tests.store.bench_events import (
    MEASURED_NS,
    SESSION,
    launch_started,
    samples,
    session_started,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]


def test_opening_creates_folders_and_a_durable_database(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "history.db"
    open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert ("wal",) == connection.execute("pragma journal_mode").fetchone()
        assert (0x4C425455,) == connection.execute("pragma application_id").fetchone()
        applied = connection.execute("select name from _sqlite_migrations").fetchall()
    assert list(migrate.migrations()) == [name for (name,) in applied]


def test_opening_again_changes_nothing_and_needs_no_sqlite_utils(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from labtui.store import open_store;"
        f"open_store(Path({str(store.path)!r})); print('sqlite_utils' in sys.modules)"
    )
    before = store.path.read_bytes()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == done.stdout.strip()
    assert before == store.path.read_bytes()


def test_an_older_history_is_backed_up_and_brought_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    known = migrate.migrations()
    first = next(iter(known))
    monkeypatch.setattr(migrate, "migrations", lambda: {first: known[first]})
    migrate.migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("insert into device values ('android:OLD', 'android')")
        connection.commit()
    monkeypatch.setattr(migrate, "migrations", lambda: known)
    store = open_store(path)
    assert [] == store.history.sessions()
    backup = path.with_name("history.db.before-0002_views")
    with closing(sqlite3.connect(backup)) as connection:
        assert [("android:OLD",)] == connection.execute("select id from device").fetchall()


OLD_SESSION = """
    insert into device values ('android:OLD', 'android');
    insert into variant values ('aa', 'tflite', 9, 0, '[]', '[]', '{}', '{}');
    insert into session values
        ('01S', 'n', 'quick', 0, '{}', 1, 2, 'done', '', '{}', '0.1.0', 'gone');
    insert into session_device values
        ('01S', 'android:OLD', 0, 'P', '', '', '', '', 0, 'usb', 'done', '');
    insert into session_variant values ('01S', 0, 'aa', 'x.tflite', 'x', '', 'gpu', 2);
    insert into launch (uid, session, device, variant_position, block, position, started_us,
        outcome, cause, error_code, accelerator_used, placement) values
        ('01L1', '01S', 'android:OLD', 0, 0, 0, 1, 'done', '', null, 'gpu GPU 61, cpu 3',
        '{"asked":"gpu","parts":[{"unit":"gpu","delegate":"GPU","ops":61},
        {"unit":"cpu","delegate":"","ops":3}],"partitions":2}'),
        ('01L2', '01S', 'android:OLD', 0, 0, 1, 1, 'done', '', null, 'gpu GPU 64',
        '{"asked":"gpu","parts":[{"unit":"gpu","delegate":"GPU","ops":64}],"partitions":1}'),
        ('01L3', '01S', 'android:OLD', 0, 0, 2, 1, 'done', '', null, 'cpu 64',
        '{"asked":"gpu","parts":[{"unit":"cpu","delegate":"","ops":64}],"partitions":null}'),
        ('01L4', '01S', 'android:OLD', 0, 0, 3, 1, 'done', '', null, '',
        '{"asked":"gpu","parts":[],"partitions":null}'),
        ('01L5', '01S', 'android:OLD', 0, 0, 4, 1, 'failed', 'No.', 'run_failed', '', null);
    insert into launch_stat values (1, 2, 5, 1, 4, 5, 6, 6, 6);
    insert into sample_chunk values (1, 1, 0, 2, 0, 0, '[4,6]', null, 555);
"""


def test_a_history_of_version_2_keeps_its_data_and_learns_what_follows_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    known = migrate.migrations()
    second = {name: sql for name, sql in known.items() if name < "0003"}
    monkeypatch.setattr(migrate, "migrations", lambda: second)
    migrate.migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD_SESSION)
    monkeypatch.setattr(migrate, "migrations", lambda: known)
    history = open_store(path).history
    (session,), launches = history.sessions(), list(history.launches())
    (result,) = history.results(session.session)
    assert ["partial", "full", "none", "unknown", "unknown"] == [row.coverage for row in launches]
    assert ("none", "cpu 64", 5.0, 1) == (
        result.coverage,
        result.placement,
        result.p50_ns,
        result.failed,
    )
    assert (False, False, False) == (
        session.is_imported,
        result.is_aggregate,
        launches[0].is_imported,
    )
    assert (None, True, ()) == (result.affinity, result.xnnpack, result.alarms)
    assert FailureCode.RUN_FAILED is launches[-1].code
    assert path.with_name("history.db.before-0003_placement_and_imports").exists()


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrate.migrations()
    broken = known | {"9999_broken": "create table half (x);\nselect nonsense;"}
    monkeypatch.setattr(migrate, "migrations", lambda: broken)
    with pytest.raises(StoreError, match="no such column: nonsense"):
        open_store(tmp_path / "history.db")
    monkeypatch.setattr(migrate, "migrations", lambda: known)
    store = open_store(tmp_path / "history.db")
    with closing(sqlite3.connect(store.path)) as connection:
        assert [] == connection.execute("select 1 from sqlite_schema where name='half'").fetchall()


def make_newer(path: Path) -> None:
    open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("insert into _sqlite_migrations values (99, 'labtui', '9999_moon', '')")
        connection.commit()


def make_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table bookmark (url)")
        connection.commit()


def make_damaged(path: Path) -> None:
    open_store(path)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (make_newer, NewerDatabase, "newer labtui .it has 9999_moon.: update"),
        (make_foreign, ForeignDatabase, "of another program"),
        (lambda p: p.write_text("dear diary"), ForeignDatabase, "not a database"),
        (lambda p: p.write_bytes(b"SQLite format 3\0" + bytes(50)), ForeignDatabase, "not a data"),
        (make_damaged, StoreError, "is damaged .*move it aside"),
    ],
    ids=["newer", "foreign", "text", "cut short", "damaged"],
)
def test_what_is_refused_is_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], object], kind: type[StoreError], says: str
) -> None:
    path = tmp_path / "history.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(kind, match=says):
        open_store(path)
    assert before == path.read_bytes()


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder, not a history"):
        open_store(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "a" / "history.db")


@pytest.mark.parametrize("make", [Path.touch, connect.create], ids=["empty", "half created"])
def test_what_a_start_left_behind_becomes_a_history(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "history.db"
    make(path)
    assert [] == open_store(path).history.sessions()
    assert [] == list(tmp_path.glob("*before*"))
    with closing(sqlite3.connect(path)) as connection:
        assert ("wal",) == connection.execute("pragma journal_mode").fetchone()


def error_of_unprivileged_open(path: Path) -> str:
    """Open in a child that is not root, as whom nothing is read-only."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            open_store(path)
            os.write(write_end, b"opened")
        except StoreError as error:
            os.write(write_end, str(error).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as told:
        answer = told.read()
    os.waitpid(child, 0)
    return answer


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("mode", [0o555, 0o777], ids=["folder too", "file alone"])
def test_a_read_only_history_is_refused(mode: int) -> None:
    # Not in tmp_path, whose parents nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        store = open_store(Path(folder) / "history.db")
        folders = (store.path.parent, store.path.with_name("history.db.locks"))
        for file in store.path.parent.rglob("*"):
            file.chmod(0o444)
        for place in folders:
            place.chmod(mode)
        try:
            answer = error_of_unprivileged_open(store.path)
        finally:
            for place in folders:
                place.chmod(0o755)
    assert "cannot be written: make the file and its folder writable" in answer


def test_another_opening_that_takes_too_long_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT_S", 0.05)
    with (store.path.with_name("history.db.locks") / "open.lock").open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(StoreLocked, match="for too long"):
            open_store(store.path)


def test_a_database_that_is_locked_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_LOCK_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        with pytest.raises(StoreLocked, match="Another program holds the history"):
            open_store(store.path)


def test_a_full_disk_is_said(small_disk: Path) -> None:
    store = open_store(small_disk / "history.db")
    (small_disk / "filler").write_bytes(b"x")
    fill(small_disk / "filler")
    with pytest.raises(StoreFull, match="is full: free some space"):
        open_store(store.path)


def fill(path: Path) -> None:
    with pytest.raises(OSError, match="No space"), path.open("ab", buffering=0) as file:  # noqa: PT012
        while True:
            file.write(bytes(1 << 12))


def test_processes_that_start_at_once_all_open(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.db"
    code = (
        "import sys; from pathlib import Path; from labtui.store import open_store;"
        "sys.stdin.readline(); open_store(Path(sys.argv[1])); print('ok')"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    assert ["ok\n"] * 4 == [starter.communicate(timeout=60)[0] for starter in starters]


def test_opening_beside_a_writer_leaves_its_locks_in_place(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from labtui.store import sessions;"
        f"sessions.tag(Path({str(store.path)!r}), '01S000', ['seen'])"
    )
    with store.recorder() as recorder:
        recorder.record(session_started())
        asyncio.run(recorder.flush())
        open_store(store.path)
        subprocess.run([sys.executable, "-c", code], check=True)
        # Without its lock, the other process would have been the last one and removed the log.
        assert store.path.with_name("history.db-wal").exists()
        recorder.record(launch_started())
        asyncio.run(recorder.flush())
    assert ("seen",) == store.history.sessions()[0].tags
    assert 1 == len(list(store.history.launches()))


def orphan(store: Store, query: Query) -> None:
    """Make the recorded session look as if its writer had been killed while it ran."""
    query("update session set owner = 'gone' returning uid")
    query("commit")


def test_an_orphan_is_marked_as_interrupted_with_what_was_kept(
    store: Store, record: Record, query: Query
) -> None:
    record(
        [
            session_started(),
            launch_started(),
            samples([900], is_warmup=True),
            samples(MEASURED_NS, first_index=1, t0_ns=900),
        ]
    )
    orphan(store, query)
    assert (SESSION,) == open_store(store.path).interrupted
    (session,), (launch,) = store.history.sessions(), store.history.launches()
    assert (Outcome.INTERRUPTED, Outcome.INTERRUPTED) == (session.outcome, launch.outcome)
    assert (summarise(MEASURED_NS), 1) == (launch.summary, launch.warmup_count)
    assert "labtui ended before" in launch.cause
    assert () == open_store(store.path).interrupted


def test_an_orphan_with_a_damaged_chunk_still_lets_the_history_open(
    store: Store, record: Record, query: Query
) -> None:
    record([session_started(), launch_started(), samples(MEASURED_NS)])
    query("update sample_chunk set crc32 = 0 returning id")
    orphan(store, query)
    assert (SESSION,) == open_store(store.path).interrupted
    (launch,) = store.history.launches()
    assert (None, Outcome.INTERRUPTED) == (launch.summary, launch.outcome)


def test_a_session_of_a_living_writer_is_left_alone(
    store: Store, record: Record, query: Query
) -> None:
    record([session_started(), launch_started()])
    with Owner(store.path) as owner:
        query("update session set owner = ? returning uid", owner.name)
        query("commit")
        assert () == open_store(store.path).interrupted
    assert (SESSION,) == open_store(store.path).interrupted


def test_a_launch_left_running_by_a_finished_session_is_found_too(
    store: Store, record: Record, query: Query
) -> None:
    record(whole_session())
    query("update launch set outcome = 'running' returning uid")
    query("delete from launch_stat returning launch_id")
    orphan(store, query)
    assert (SESSION,) == open_store(store.path).interrupted
    assert [Outcome.DONE] == [row.outcome for row in store.history.sessions()]
    assert [Outcome.INTERRUPTED] == [row.outcome for row in store.history.launches()]


def test_lock_files_of_the_dead_are_removed(store: Store, record: Record, query: Query) -> None:
    record([session_started(), launch_started()])
    orphan(store, query)
    left_behind = store.path.with_name("history.db.locks") / "writer-gone.lock"
    left_behind.touch()
    open_store(store.path)
    assert not left_behind.exists()


def test_orphans_are_named_oldest_first(store: Store, record: Record, query: Query) -> None:
    uids = tuple(SessionUid(f"01S{n}") for n in (2, 0, 1))
    record(map(session_started, uids))
    orphan(store, query)
    assert tuple(sorted(uids)) == open_store(store.path).interrupted
