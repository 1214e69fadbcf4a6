"""SQLite's and the file system's errors -> one sentence each of what happened and what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labtui.errors import StoreError, StoreFull, StoreLocked

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_PRIMARY_CODE = 0xFF
"""Extended result codes carry the primary code in their low byte."""


def translate(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Return what to tell the user about an error met at the history `path`."""
    if isinstance(error, OSError):
        return _from_system(error, path)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code in _FULL:
        return _full(path)
    match code & _PRIMARY_CODE:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            known: StoreError = StoreLocked(
                f"Another program holds the history {path}: close it and try again."
            )
        case sqlite3.SQLITE_CANTOPEN if not path.exists():
            known = StoreError(f"There is no history at {path}: name another with --db.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            known = _not_writable(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            known = damaged(path, str(error))
        case _:
            known = StoreError(f"The history {path} cannot be used: {error}.")
    return known


def damaged(path: Path, what: str) -> StoreError:
    """Return the error for a history whose content is broken."""
    return StoreError(
        f"The history {path} is damaged ({what}): move it aside and put a backup in its place, "
        "or name another with --db."
    )


def _from_system(error: OSError, path: Path) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _not_writable(path)
    return StoreError(
        f"The history {path} cannot be used: {error.strerror}; name another with --db."
    )


def _full(path: Path) -> StoreFull:
    return StoreFull(f"The disk of the history {path} is full: free some space.")


def _not_writable(path: Path) -> StoreError:
    return StoreError(
        f"The history {path} cannot be written: make the file and its folder writable, "
        "or name another with --db."
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the file system into StoreError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error
