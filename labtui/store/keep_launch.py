"""Rows of launches: their start, samples, readings, alarms, and how they ended."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice

from labtui.core.events import AlarmRaised, LaunchEnded, LaunchStarted, ReadingTaken
from labtui.core.model import LaunchUid
from labtui.core.protocol import RunnerReading, Samples
from labtui.core.readings import Battery, Reading
from labtui.core.stats import LaunchSummary
from labtui.store.chunks import Chunk, chunks
from labtui.store.inbox import Losses
from labtui.store.launch_row import add, to_json, update

_INSERT_CHUNKS = """
    insert into sample_chunk
        (launch_id, seq0, n, t0_ns, is_warmup, latency_ns, offset_us, crc32)
    values
"""
_CHUNK_VALUES = "((select id from launch where uid = ?), ?, ?, ?, ?, ?, ?, ?)"
_CHUNKS_AT_ONCE = 64
"""Each statement gives up the interpreter lock, and a busy thread returns it 5 ms later."""

_INSERT_READING = """
    insert into reading
        (launch_id, source, t_ns, boot_ns, headline_c, thermal_status, is_throttled,
        clock_limit_ratio, battery_percent, battery_c, battery_mv, is_charging, rss_bytes,
        temperatures, clocks)
    values ((select id from launch where uid = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_STAT = """
    insert into launch_stat
        (launch_id, count, mean_ns, sd_ns, min_ns, p50_ns, p90_ns, p99_ns, max_ns,
        tail_p90_ns)
    values ((select id from launch where uid = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def start_launch(connection: sqlite3.Connection, event: LaunchStarted) -> None:
    """Insert a launch that has just begun."""
    connection.execute(
        "insert into launch (uid, session, device, variant_position, block, position, started_us,"
        " purpose, outcome) values (?, ?, ?, ?, ?, ?, ?, ?, 'running')",
        (
            event.launch, event.session, event.device, event.spec.variant_index, event.spec.block,
            event.spec.index, event.started_us, event.spec.purpose,
        ),
    )  # fmt: skip


def keep_samples(
    connection: sqlite3.Connection, launch: LaunchUid, batches: Iterable[Samples]
) -> None:
    """Insert the samples of one launch that arrived since the last time."""
    counts: Counter[str] = Counter()
    arrived = chunks(batches)
    while group := list(islice(arrived, _CHUNKS_AT_ONCE)):
        _insert_chunks(connection, launch, group)
        for chunk in group:
            counts["warmup_count" if chunk.is_warmup else "measured_count"] += chunk.n
    for counter, count in counts.items():
        add(connection, launch, counter, count)


def _insert_chunks(
    connection: sqlite3.Connection, launch: LaunchUid, group: Sequence[Chunk]
) -> None:
    values = [
        value
        for c in group
        for value in (
            launch, c.seq0, c.n, c.t0_ns, c.is_warmup, c.latency_ns, c.offset_us, c.crc32,
        )
    ]  # fmt: skip
    connection.execute(_INSERT_CHUNKS + ", ".join([_CHUNK_VALUES] * len(group)), values)


def count_losses(connection: sqlite3.Connection, losses: Losses) -> None:
    """Add to the launches' counts of what did not fit into memory."""
    for (launch, loss), count in losses.items():
        add(connection, launch, loss, count)


def keep_reading(connection: sqlite3.Connection, event: ReadingTaken) -> None:
    """Insert a reading of the device's own state."""
    row = ("device", event.t_ns, *_state(event.reading))
    connection.execute(_INSERT_READING, (event.launch, *row))


def keep_runner_reading(
    connection: sqlite3.Connection, launch: LaunchUid, event: RunnerReading
) -> None:
    """Insert what the runner saw of its device."""
    state = _state(Reading(boot_ns=0, clocks=event.clocks), event.rss_bytes)
    connection.execute(_INSERT_READING, (launch, "runner", event.t_ns, *state))


def _state(reading: Reading, rss_bytes: int | None = None) -> tuple[str | float | None, ...]:
    battery = reading.battery or Battery()
    return (
        reading.boot_ns or None,
        reading.headline_c,
        reading.thermal_status,
        reading.is_throttled,
        reading.clock_limit_ratio,
        battery.level_percent,
        battery.temp_c,
        battery.voltage_mv,
        battery.is_charging,
        rss_bytes,
        to_json([asdict(t) for t in reading.temperatures]),
        to_json([asdict(c) for c in reading.clocks]),
    )


def end_launch(connection: sqlite3.Connection, event: LaunchEnded) -> None:
    """Store how a launch ended, and its summary if it has one."""
    update(
        connection, event.launch, outcome=event.outcome, cause=event.cause, error_code=event.code,
        ended_us=event.ended_us,
    )  # fmt: skip
    if event.summary is not None:
        insert_stat(connection, event.launch, event.summary)


def insert_stat(connection: sqlite3.Connection, launch: LaunchUid, summary: LaunchSummary) -> None:
    """Insert the summary of one launch."""
    connection.execute(
        _INSERT_STAT,
        (
            launch, summary.count, summary.mean_ns, summary.sd_ns, summary.min_ns, summary.p50_ns,
            summary.p90_ns, summary.p99_ns, summary.max_ns, summary.tail_p90_ns,
        ),
    )  # fmt: skip


def keep_alarm(connection: sqlite3.Connection, event: AlarmRaised) -> None:
    """Insert what is strange about a launch."""
    connection.execute(
        "insert into alarm (launch_id, kind, text)"
        " values ((select id from launch where uid = ?), ?, ?)",
        (event.launch, event.kind, event.text),
    )
