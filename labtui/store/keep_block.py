"""Rows of what happens between launches: blocks that had to wait, measuring that ended early."""

import sqlite3

from labtui.core.events import CanaryMeasured, GateWaited, MeasuredEnough
from labtui.core.text import clean
from labtui.store.keep_session import running_session
from labtui.store.launch_row import to_json

_MAX_REASON, _MAX_CAUSE = 200, 1_000


def keep_wait(connection: sqlite3.Connection, owner: str, event: GateWaited) -> None:
    """Insert a block that had to wait into the session that runs on its device."""
    reasons = [clean(reason, _MAX_REASON) for reason in event.reasons_left]
    connection.execute(
        "insert into gate_wait (session, device, block, seconds, reasons_left)"
        " values (?, ?, ?, ?, ?)",
        (
            running_session(connection, owner, event.device), event.device, event.block,
            event.seconds, to_json(reasons),
        ),
    )  # fmt: skip


def keep_canary(connection: sqlite3.Connection, owner: str, event: CanaryMeasured) -> None:
    """Insert what the canary of a device measured."""
    connection.execute(
        "insert into canary (session, device, after_block, p50_ns, ratio, cause)"
        " values (?, ?, ?, ?, ?, ?)",
        (
            running_session(connection, owner, event.device), event.device, event.after_block,
            event.p50_ns, event.ratio, clean(event.cause, _MAX_CAUSE),
        ),
    )  # fmt: skip


def keep_early_stop(connection: sqlite3.Connection, owner: str, event: MeasuredEnough) -> None:
    """Insert that a device had measured enough before all of its launches were done."""
    connection.execute(
        "insert into early_stop (session, device, rounds, is_decided) values (?, ?, ?, ?)",
        (
            running_session(connection, owner, event.device), event.device, event.rounds,
            event.is_decided,
        ),
    )  # fmt: skip
