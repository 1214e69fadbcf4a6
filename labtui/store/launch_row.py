"""Changes to one row of `launch`."""

import json
import sqlite3

from labtui.core.model import LaunchUid


def update(connection: sqlite3.Connection, launch: LaunchUid, **columns: str | int | None) -> None:
    """Set columns of a launch. Raises sqlite3.IntegrityError when there is no such launch."""
    assignments = ", ".join(f"{column} = ?" for column in columns)
    updated = connection.execute(
        f"update launch set {assignments} where uid = ?",  # noqa: S608 (names from the callers' source)
        (*columns.values(), launch),
    )
    if not updated.rowcount:
        raise sqlite3.IntegrityError(f"no launch {launch}")


def add(connection: sqlite3.Connection, launch: LaunchUid, counter: str, count: int) -> None:
    """Add to a counter of a launch."""
    connection.execute(
        f"update launch set {counter} = {counter} + ? where uid = ?",  # noqa: S608 (names from the callers' source)
        (count, launch),
    )


def to_json(value: object) -> str:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":"))
