"""Rows of sessions: the plan, its devices and variants, pushes, and how it all ended."""

import json
import platform
import sqlite3
from dataclasses import asdict

from labtui import __version__
from labtui.core.events import (
    DeviceEnded,
    HygieneApplied,
    PushEnded,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import DeviceFacts, DeviceId, DeviceSnapshot, SessionUid
from labtui.core.plan import PlannedVariant
from labtui.core.text import clean
from labtui.store.keep_score import keep_eval_set
from labtui.store.plans import encode_plan

_RUNNING = """
    select s.uid from session as s join session_device as d on d.session = s.uid
    where s.owner = ? and d.device = ? and s.outcome = 'running'
    order by s.uid desc limit 1
"""
_MAX_PATH = 4_096
_MAX_REASON = 1_000
_UNKNOWN = DeviceFacts(
    hardware_id="", name="", soc="", os_version="", build="", abi="", is_virtual=False
)


def start_session(connection: sqlite3.Connection, owner: str, event: SessionStarted) -> None:
    """Insert a session with its tags, devices, variants and eval sets."""
    plan = event.plan
    connection.execute(
        "insert into session (uid, name, preset, seed, plan, started_us, outcome, host,"
        " labtui_version, owner) values (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?)",
        (
            event.session, plan.name, plan.preset.name, plan.seed, encode_plan(plan),
            event.started_us, _host(), __version__, owner,
        ),
    )  # fmt: skip
    connection.executemany(
        "insert into session_tag values (?, ?) on conflict do nothing",
        [(event.session, tag) for tag in plan.tags],
    )
    for position, device in enumerate(event.devices):
        _keep_device(connection, event.session, position, device)
    for position, planned in enumerate(plan.variants):
        _keep_variant(connection, event.session, position, planned)
    connection.executemany(
        "insert into session_skip values (?, ?, ?, ?) on conflict do nothing",
        [
            (event.session, s.device, s.variant_index, clean(s.reason, _MAX_REASON))
            for s in plan.skipped
        ],
    )
    for eval_set in plan.eval_sets:
        keep_eval_set(connection, eval_set)


def _keep_device(
    connection: sqlite3.Connection, session: SessionUid, position: int, device: DeviceSnapshot
) -> None:
    facts = device.facts or _UNKNOWN
    connection.execute(
        "insert into device values (?, ?) on conflict do nothing", (device.id, device.platform)
    )
    connection.execute(
        "insert into session_device (session, device, position, name, soc, os_version, build, abi,"
        " is_virtual, transport, outcome) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
        (
            session, device.id, position, facts.name, facts.soc, facts.os_version, facts.build,
            facts.abi, facts.is_virtual, device.transports[0].kind,
        ),
    )  # fmt: skip


def _keep_variant(
    connection: sqlite3.Connection, session: SessionUid, position: int, planned: PlannedVariant
) -> None:
    variant, engine = planned.variant, planned.engine
    connection.execute(
        "insert into variant values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        (
            variant.digest, variant.format, variant.size_bytes, variant.parameters,
            _json([asdict(t) for t in variant.inputs]), _json([asdict(t) for t in variant.outputs]),
            _json(dict(variant.ops)), _json(dict(variant.weight_bytes)),
        ),
    )  # fmt: skip
    connection.execute(
        "insert into session_variant (session, position, digest, path, model, recipe, accelerator,"
        " threads, affinity, xnnpack) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session, position, variant.digest, clean(variant.path, _MAX_PATH), variant.model,
            variant.recipe, engine.accelerator, engine.threads, engine.affinity, engine.xnnpack,
        ),
    )  # fmt: skip


def keep_push(connection: sqlite3.Connection, owner: str, event: PushEnded) -> None:
    """Insert a variant's finished push into the session that runs on its device.

    Items of eval sets and canaries are pushed too; they belong to no result.
    """
    connection.execute(
        "insert into push (session, device, digest, total_bytes, seconds, was_there)"
        " select ?, ?, ?, ?, ?, ? where exists (select 1 from variant where digest = ?)",
        (
            running_session(connection, owner, event.device), event.device, event.digest,
            event.total_bytes, event.seconds, event.was_there, event.digest,
        ),
    )  # fmt: skip


def keep_settings(connection: sqlite3.Connection, owner: str, event: HygieneApplied) -> None:
    """Insert what the running session has set on a device, and what it could not."""
    session = running_session(connection, owner, event.device)
    connection.executemany(
        "insert into session_setting (session, device, name, value, refusal)"
        " values (?, ?, ?, ?, ?)",
        [
            (session, event.device, one.setting, one.value, clean(one.refusal, _MAX_REASON))
            for one in event.settings
        ],
    )


def end_device(connection: sqlite3.Connection, owner: str, event: DeviceEnded) -> None:
    """Store how a device's part of the running session ended."""
    session = running_session(connection, owner, event.device)
    connection.execute(
        "update session_device set outcome = ?, cause = ?, error_code = ?"
        " where session = ? and device = ?",
        (event.outcome, event.cause, event.code, session, event.device),
    )


def running_session(
    connection: sqlite3.Connection, owner: str, device: DeviceId
) -> SessionUid | None:
    """Return the session of this process that runs on a device."""
    row = connection.execute(_RUNNING, (owner, device)).fetchone()
    return None if row is None else SessionUid(row[0])


def end_session(connection: sqlite3.Connection, event: SessionEnded) -> None:
    """Store how a session ended."""
    connection.execute(
        "update session set outcome = ?, ended_us = ? where uid = ?",
        (event.outcome, event.ended_us, event.session),
    )


def _host() -> str:
    """Return what of this computer can matter to results; its name does not."""
    return _json(
        {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
