"""What happened between launches, read from the history."""

import json
import sqlite3
from collections.abc import Iterator

from labtui.core.marks import Mark, canary_text, early_stop_text, wait_text
from labtui.core.model import DeviceId, SessionUid
from labtui.core.plan import DoneLaunch, Plan, Purpose, schedule

_WAITS = """
    select w.device, d.name, w.block, w.seconds, w.reasons_left from gate_wait as w
    join session_device as d on d.session = w.session and d.device = w.device
    where w.session = ? order by d.position, w.block
"""
_CANARIES = """
    select c.device, d.name, c.after_block, c.ratio, c.cause from canary as c
    join session_device as d on d.session = c.session and d.device = c.device
    where c.session = ? order by d.position, c.id
"""
_EARLY_STOPS = """
    select e.device, d.name, e.rounds, e.is_decided from early_stop as e
    join session_device as d on d.session = e.session and d.device = e.device
    where e.session = ? order by d.position
"""


def marks_of(connection: sqlite3.Connection, session: SessionUid) -> Iterator[Mark]:
    """Yield what is to be said of a session, device by device."""
    for device, name, block, seconds, reasons in connection.execute(_WAITS, (session,)):
        text = wait_text(block, seconds, [str(reason) for reason in json.loads(reasons)])
        yield Mark(DeviceId(device), name, block, text)
    for device, name, block, ratio, cause in connection.execute(_CANARIES, (session,)):
        if text := canary_text(block, ratio, cause):
            yield Mark(DeviceId(device), name, block, text)
    for device, name, rounds, is_decided in connection.execute(_EARLY_STOPS, (session,)):
        text = early_stop_text(rounds, is_decided=bool(is_decided))
        yield Mark(DeviceId(device), name, None, text)


def stopped_early(connection: sqlite3.Connection, session: SessionUid) -> tuple[DeviceId, ...]:
    """Return the devices that had measured enough before all their launches were done."""
    rows = connection.execute(_EARLY_STOPS, (session,)).fetchall()
    return tuple(DeviceId(row[0]) for row in rows)


def not_needed(plan: Plan, device: DeviceId) -> Iterator[DoneLaunch]:
    """Yield all measuring launches of a device that has measured enough."""
    for spec in schedule(plan, device):
        if spec.purpose is Purpose.MEASURE:
            yield DoneLaunch(device, spec.index)
