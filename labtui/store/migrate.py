"""Numbered SQL migrations, applied forward only, under a lock and after a backup."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.errors import NewerDatabase, StoreLocked
from labtui.resources import data
from labtui.store.connect import FileKind, connect_ro, connect_rw, create, file_kind

if TYPE_CHECKING:
    from sqlite_utils import Database

_MIGRATION_SET = "labtui"
_LOCK_TIMEOUT_S = 15.0
_LOCK_POLL_S = 0.02


def locks_folder(path: Path) -> Path:
    """Return the folder beside the history that holds its lock files."""
    return path.with_name(f"{path.name}.locks")


def migrations() -> dict[str, str]:
    """Return the known migrations: name -> SQL, in order."""
    return {file.stem: file.read_text() for file in sorted(data("db").glob("migrations/*.sql"))}


def migrate(path: Path) -> None:
    """Bring the history at `path` to the newest schema, creating it if there is none.

    Raises NewerDatabase, ForeignDatabase or StoreLocked, and then has changed nothing.
    """
    file_kind(path)
    locks_folder(path).mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if file_kind(path) is FileKind.NOTHING:
            create(path)
        known = migrations()
        applied = _applied(path, known)
        pending = [name for name in known if name not in applied]
        if pending and applied:
            _back_up(path, before=pending[0])
        if pending:
            _apply(path, known)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from opening at the same time.

    SQLite's own locks do not do: switching to WAL ignores the busy timeout.
    """
    handle = os.open(locks_folder(path) / "open.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline_s = time.monotonic() + _LOCK_TIMEOUT_S
        while not _try_lock(handle):
            if time.monotonic() > deadline_s:
                raise StoreLocked(
                    f"Another labtui has been opening the history {path} for too long: "
                    "end it and try again."
                )
            time.sleep(_LOCK_POLL_S)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _applied(path: Path, known: dict[str, str]) -> set[str]:
    """Return the migrations the history has had. Opened read-only: a refusal changes nothing."""
    with closing(connect_ro(path)) as connection:
        applied = _recorded(connection)
    if unknown := sorted(applied - known.keys()):
        raise NewerDatabase(
            f"The history {path} was written by a newer labtui (it has {unknown[-1]}): "
            "update labtui, or name another history with --db."
        )
    return applied


def _recorded(connection: sqlite3.Connection) -> set[str]:
    has_table = connection.execute(
        "select 1 from sqlite_schema where name = '_sqlite_migrations'"
    ).fetchone()
    if not has_table:
        return set()
    query = "select name from _sqlite_migrations where migration_set = ?"
    return {name for (name,) in connection.execute(query, (_MIGRATION_SET,))}


def _back_up(path: Path, before: str) -> None:
    """Copy the database as it is, log included, to `<name>.before-<migration>`."""
    target = path.with_name(f"{path.name}.before-{before}")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    with closing(connect_ro(path)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.replace(target)


def _apply(path: Path, known: dict[str, str]) -> None:
    # Costs 0.25 s, hence not at the top: it is needed only when there is something to migrate.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    registered = Migrations(_MIGRATION_SET)
    for name, sql in known.items():
        registered(name=name)(_Script(sql))
    with closing(connect_rw(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        registered.apply(Database(connection, execute_plugins=False))


class _Script:
    """One migration's SQL as the callable that sqlite-utils expects."""

    __name__ = "script"

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __call__(self, db: "Database", /) -> None:
        for statement in statements(self._sql):
            db.conn.execute(statement)


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script one by one; each begins on a line of its own.

    `executescript` would commit the transaction that makes a migration all or nothing.
    """
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
