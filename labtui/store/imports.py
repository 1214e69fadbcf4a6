"""Results of other tools: kept as a session of their own, each file once."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from labtui.core.events import BenchEvent, SessionStarted
from labtui.core.imported import ImportedFile
from labtui.core.model import SessionUid
from labtui.errors import StoreError
from labtui.store.connect import connect_rw, transaction
from labtui.store.faults import translated
from labtui.store.keep import keep

_OWNER = "import"
"""No writer has this name: a session is over when its transaction is."""
_INSERT = """
    insert into import (session, file_name, sha256, format, imported_us, tool, tool_version)
    values (?, ?, ?, ?, ?, ?, ?)
"""


def keep_import(path: Path, file: ImportedFile, events: Sequence[BenchEvent]) -> SessionUid | None:
    """Store a whole session, or nothing.

    Return the session that has had the file before, and then nothing is stored; None when all
    went well. Raises StoreError.
    """
    (session,) = (event.session for event in events if isinstance(event, SessionStarted))
    with (
        translated(path),
        closing(connect_rw(path, timeout_s=5.0)) as connection,
        transaction(connection),
    ):
        query = "select session from import where sha256 = ?"
        if row := connection.execute(query, (file.sha256,)).fetchone():
            return SessionUid(row[0])
        if rejected := keep(connection, _OWNER, events, Counter()):
            raise StoreError(f"{file.name} cannot be kept: {rejected} of its events have no place.")
        connection.execute("update session set origin = 'imported' where uid = ?", (session,))
        connection.execute(
            _INSERT,
            (
                session, file.name, file.sha256, file.format, file.imported_us, file.tool,
                file.tool_version,
            ),
        )  # fmt: skip
    return None
