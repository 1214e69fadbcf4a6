"""The history as a whole: opened once, then read and written."""

import sqlite3
from pathlib import Path

from labtui.core.model import SessionUid
from labtui.errors import StoreError
from labtui.store.faults import translated
from labtui.store.history import SqliteHistory
from labtui.store.migrate import migrate
from labtui.store.recovery import recover
from labtui.store.writer import Writer

_OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""


class Store:
    """An opened history: migrated, and with nothing left of writers that died."""

    def __init__(self, path: Path, interrupted: tuple[SessionUid, ...]) -> None:
        self.path = path
        self.history = SqliteHistory(path)
        self.interrupted = interrupted
        """Sessions that were found interrupted on opening, oldest first."""

    def recorder(self) -> Writer:
        """Start writing; the caller closes it. Raises StoreError."""
        return Writer(self.path)


def open_store(path: Path) -> Store:
    """Open the history at `path`, creating it and its folders if need be.

    Takes a few ms, and about 0.3 s when there is something to migrate. Raises StoreError: then
    the file is as it was, and labtui can do everything that needs no history.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            f"This Python's SQLite is {sqlite3.sqlite_version}: labtui needs 3.37 or newer."
        )
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        migrate(path)
        interrupted = recover(path)
    return Store(path, interrupted)
