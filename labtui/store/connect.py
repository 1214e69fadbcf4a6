"""Connections to the history: how they are set up, and what kind of file there is."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum, auto
from pathlib import Path

from labtui.errors import ForeignDatabase

APPLICATION_ID = 0x4C425455
"""`LBTU` in the header of the file (`pragma application_id`)."""

BUSY_TIMEOUT_S = 1.0
_CHECKPOINT_PAGES = 2_000
_WAL_LIMIT_BYTES = 16 << 20


class FileKind(Enum):
    """What lies at the path of the history."""

    NOTHING = auto()
    HISTORY = auto()


def file_kind(path: Path) -> FileKind:
    """Tell whether the history exists, without touching it or its log.

    It is read through SQLite: closing a file of one's own would drop the locks that other
    connections of this process hold on it. Raises ForeignDatabase when it is something else.
    """
    if path.is_dir():
        raise ForeignDatabase(f"{path} is a folder, not a history: name a file with --db.")
    if not path.exists() or path.stat().st_size == 0:
        return FileKind.NOTHING
    if _application_id(path) != APPLICATION_ID:
        raise ForeignDatabase(
            f"{path} is a database of another program: name another file with --db."
        )
    return FileKind.HISTORY


def _application_id(path: Path) -> int:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as peek:
        try:
            (application_id,) = peek.execute("pragma application_id").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            raise ForeignDatabase(
                f"{path} is not a database: name another file with --db."
            ) from error
    return int(application_id)


def connect_rw(path: Path, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open an existing history for reading and writing; transactions are begun by hand.

    Raises OSError for a read-only file, with which SQLite would make do until the first write.
    """
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = full")
    connection.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"pragma journal_size_limit = {_WAL_LIMIT_BYTES}")
    return connection


def connect_ro(path: Path) -> sqlite3.Connection:
    """Open an existing history for reading only."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
    )


def create(path: Path) -> None:
    """Create an empty history.

    It is not in WAL mode yet, so that the application id is in the file itself from the first
    byte on and `file_kind` never has to look into the log.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"pragma application_id = {APPLICATION_ID}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body in one write transaction that cannot fail half-way for a lock.

    IMMEDIATE, because a deferred transaction that reads first and then writes fails at once
    when another process wrote in between, whatever the timeout.
    """
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
