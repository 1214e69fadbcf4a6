"""What a runner says of its launch, as rows."""

import sqlite3
from dataclasses import asdict, astuple

from labtui.core.model import LaunchUid
from labtui.core.placement import Placement
from labtui.core.protocol import (
    Aggregate,
    Control,
    Evaluated,
    Hello,
    Loaded,
    Log,
    Outputs,
    Profile,
    RunnerError,
    RunnerEvent,
    RunnerReading,
)
from labtui.core.stats import percentile
from labtui.store.inbox import Loss
from labtui.store.keep_launch import keep_runner_reading
from labtui.store.launch_row import add, to_json, update

MAX_LOG_LINES = 500
"""Kept of one launch; more are counted."""

_INSERT_LOG = """
    insert into log (launch_id, level, text)
    select l.id, ?, ? from launch as l
    where l.uid = ? and (select count(*) from log where launch_id = l.id) < ?
"""
_INSERT_CONTROL = """
    insert into control (launch_id, unit, delegate, n, p50_ns, latency_ns)
    values ((select id from launch where uid = ?), ?, ?, ?, ?, ?)
"""
_INSERT_OP = """
    insert into op_time (launch_id, position, name, unit, delegate, count, mean_ns)
    values ((select id from launch where uid = ?), ?, ?, ?, ?, ?, ?)
"""
_INSERT_EVALUATION = """
    insert into evaluation (launch_id, items, busy_ns, files)
    values ((select id from launch where uid = ?), ?, ?, ?)
"""
_INSERT_AGGREGATE = """
    insert into aggregate
        (launch_id, runs, mean_ns, sd_ns, min_ns, max_ns, p5_ns, p50_ns, p95_ns, first_ns,
        warmup_runs, warmup_mean_ns)
    values ((select id from launch where uid = ?), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def keep_report(connection: sqlite3.Connection, launch: LaunchUid, event: RunnerEvent) -> None:
    """Store what the runner said; samples come another way, and the rest says nothing lasting."""
    match event:
        case Hello():
            _keep_hello(connection, launch, event)
        case Loaded():
            update(
                connection, launch, init_ns=event.init_ns, first_ns=event.first_ns,
                rss_bytes=event.rss_bytes,
            )  # fmt: skip
        case Placement():
            _keep_placement(connection, launch, event)
        case Outputs():
            update(connection, launch, outputs=to_json([asdict(o) for o in event.outputs]))
        case RunnerError():
            update(connection, launch, error_code=event.code)
        case RunnerReading():
            keep_runner_reading(connection, launch, event)
        case Log():
            _insert_log(connection, launch, event)
        case _:
            _keep_finding(connection, launch, event)


def _keep_finding(connection: sqlite3.Connection, launch: LaunchUid, event: RunnerEvent) -> None:
    """Store what was measured in another way than by samples."""
    match event:
        case Control(durations_ns=durations_ns) if durations_ns:
            p50_ns = percentile(sorted(durations_ns), 0.5)
            connection.execute(
                _INSERT_CONTROL,
                (
                    launch, event.unit, event.delegate, len(durations_ns), p50_ns,
                    to_json(durations_ns),
                ),
            )  # fmt: skip
        case Profile():
            _keep_profile(connection, launch, event)
        case Evaluated():
            files = to_json([asdict(file) for file in event.files])
            connection.execute(_INSERT_EVALUATION, (launch, event.items, event.busy_ns, files))
        case Aggregate():
            connection.execute(_INSERT_AGGREGATE, (launch, *astuple(event)))


def _keep_hello(connection: sqlite3.Connection, launch: LaunchUid, hello: Hello) -> None:
    """Store who speaks; a log that was imported knows neither process nor clocks."""
    update(
        connection, launch, engine=f"{hello.engine} {hello.engine_version}".strip(),
        runner=f"{hello.runner} {hello.runner_version}".strip(), runner_pid=hello.pid or None,
        mono_ns=hello.mono_ns or None, boot_ns=hello.boot_ns or None,
    )  # fmt: skip


def _keep_placement(
    connection: sqlite3.Connection, launch: LaunchUid, placement: Placement
) -> None:
    update(
        connection, launch, placement=to_json(asdict(placement)), coverage=placement.coverage,
        accelerator_used=str(placement) if placement.parts else "",
    )  # fmt: skip


def _keep_profile(connection: sqlite3.Connection, launch: LaunchUid, profile: Profile) -> None:
    connection.executemany(
        _INSERT_OP,
        [
            (launch, position, op.name, op.unit, op.delegate, op.count, op.mean_ns)
            for position, op in enumerate(profile.ops)
        ],
    )
    update(connection, launch, profile_runs=profile.runs)


def _insert_log(connection: sqlite3.Connection, launch: LaunchUid, log: Log) -> None:
    kept = connection.execute(_INSERT_LOG, (log.level, log.text, launch, MAX_LOG_LINES))
    if not kept.rowcount:
        add(connection, launch, Loss.LOGS, 1)
