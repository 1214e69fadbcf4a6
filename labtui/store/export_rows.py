"""Rows of exports, level by level: stable columns with units in their names (db/SCHEMA.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labtui.core.history import LaunchRow, OpTimeRow, ReadingRow, ResultRow, SampleRow
from labtui.core.model import LaunchUid, SessionUid
from labtui.core.protocol import Aggregate
from labtui.core.stats import LaunchSummary
from labtui.ports import History
from labtui.store.redact import Redact

Cell = str | int | float | bool | None


class Level(StrEnum):
    """What one row of an export stands for."""

    RESULTS = "results"
    """One variant on one device in one session."""
    LAUNCHES = "launches"
    SAMPLES = "samples"
    READINGS = "readings"
    PLACEMENTS = "placements"
    """One op of a launch's profiling pass."""


_LAUNCH = (
    "session", "launch", "device", "device_name", "soc", "os_version", "build", "virtual", "model",
    "recipe", "digest", "engine", "runner", "accelerator_asked", "accelerator_used", "threads",
)  # fmt: skip
_OF_LAUNCH = (
    "session", "launch", "device", "device_name", "os_version", "build", "virtual", "model",
    "recipe", "engine", "accelerator_asked", "threads",
)  # fmt: skip
_SUMMARY = (
    "count", "mean_ns", "sd_ns", "min_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns",
)  # fmt: skip
_AGGREGATE = (
    "aggregate_runs", "aggregate_mean_ns", "aggregate_sd_ns", "aggregate_min_ns",
    "aggregate_max_ns", "aggregate_p5_ns", "aggregate_p50_ns", "aggregate_p95_ns",
)  # fmt: skip

COLUMNS: dict[Level, tuple[str, ...]] = {
    Level.RESULTS: (
        "session", "device", "device_name", "soc", "os_version", "build", "virtual", "model",
        "recipe", "digest", "size_bytes", "engine", "accelerator_asked", "threads", "launches",
        "failed", "samples", "p50_ns", "p90_ns", "mean_ns", "spread_ns", "end_temp_c",
        "was_throttled", "cause", "error_code", "affinity", "xnnpack", "accelerator_used",
        "coverage", "is_aggregate", "aggregate_runs", "control_p50_ns", "alarms", "imported",
    ),
    Level.LAUNCHES: (
        *_LAUNCH, "block", "position", "started_us", "ended_us", "outcome", "cause", "init_ns",
        "first_ns", "warmup_count", *_SUMMARY, "start_temp_c", "end_temp_c", "was_throttled",
        "error_code", "affinity", "xnnpack", "coverage", "is_aggregate", *_AGGREGATE,
        "control_unit", "control_p50_ns", "alarms", "imported",
    ),
    Level.SAMPLES: (*_OF_LAUNCH, "idx", "t_ns", "latency_ns", "is_warmup"),
    Level.READINGS: (
        *_OF_LAUNCH, "t_ns", "headline_temp_c", "thermal_status", "battery_percent",
        "battery_temp_c", "clock_limit_ratio",
    ),
    Level.PLACEMENTS: (
        *_OF_LAUNCH, "position", "op", "unit", "delegate", "count", "time_ns", "time_share",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """What the numbers of one device in one session were measured under."""

    session: SessionUid
    device: str
    device_name: str
    soc: str
    os_version: str
    build: str
    virtual: bool
    imported: bool
    engine: str
    runner: str


def conditions(
    history: History, sessions: Sequence[SessionUid], redact: Redact
) -> Iterator[Condition]:
    """Yield each different set of conditions once, in order of first use."""
    for session in sessions:
        seen = {_condition(launch, redact): None for launch in history.launches([session])}
        yield from seen


def _condition(row: LaunchRow, redact: Redact) -> Condition:
    return Condition(
        row.session, redact(row.device, row.device), redact(row.device_name, row.device), row.soc,
        row.os_version, row.build, row.is_virtual, row.is_imported, row.engine, row.runner,
    )  # fmt: skip


def rows(
    history: History, level: Level, sessions: Sequence[SessionUid], redact: Redact
) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a level, session by session, as `COLUMNS` names them."""
    make = {
        Level.RESULTS: _results,
        Level.LAUNCHES: _launches,
        Level.SAMPLES: _samples,
        Level.READINGS: _readings,
        Level.PLACEMENTS: _placements,
    }[level]
    for session in sessions:
        yield from make(history, session, redact)


def _launches(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    for row in history.launches([session]):
        yield (
            *_launch_cells(row, redact), row.block, row.index, row.started_us, row.ended_us,
            row.outcome.value, redact(row.cause, row.device), row.init_ns, row.first_ns,
            row.warmup_count, *_summary_cells(row.summary), row.start_temp_c, row.end_temp_c,
            row.was_throttled, row.code, row.affinity, row.xnnpack, row.coverage.value,
            row.is_aggregate, *_aggregate_cells(row.aggregate), row.control_unit,
            row.control_p50_ns, " ".join(row.alarms), row.is_imported,
        )  # fmt: skip


def _launch_cells(row: LaunchRow, redact: Redact) -> tuple[Cell, ...]:
    return (
        row.session, row.launch, redact(row.device, row.device),
        redact(row.device_name, row.device), row.soc, row.os_version, row.build, row.is_virtual,
        row.model, row.recipe, row.digest, row.engine, row.runner, row.accelerator_asked,
        row.placement, row.threads,
    )  # fmt: skip


def _summary_cells(summary: LaunchSummary | None) -> tuple[Cell, ...]:
    if summary is None:
        return (None,) * len(_SUMMARY)
    return (
        summary.count, summary.mean_ns, summary.sd_ns, summary.min_ns, summary.p50_ns,
        summary.p90_ns, summary.p99_ns, summary.max_ns,
    )  # fmt: skip


def _aggregate_cells(aggregate: Aggregate | None) -> tuple[Cell, ...]:
    if aggregate is None:
        return (None,) * len(_AGGREGATE)
    return (
        aggregate.runs or None, aggregate.mean_ns, aggregate.sd_ns, aggregate.min_ns,
        aggregate.max_ns, aggregate.p5_ns, aggregate.p50_ns, aggregate.p95_ns,
    )  # fmt: skip


def _results(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    launches = {launch.device: launch for launch in history.launches([session])}
    for row in history.results(session):
        yield _result_cells(row, launches.get(row.device), redact)


def _result_cells(row: ResultRow, launch: LaunchRow | None, redact: Redact) -> tuple[Cell, ...]:
    return (
        row.session, redact(row.device, row.device), redact(row.device_name, row.device),
        launch.soc if launch else None, launch.os_version if launch else None,
        launch.build if launch else None, row.is_virtual, row.model, row.recipe, row.digest,
        row.size_bytes, launch.engine if launch else None, row.accelerator_asked, row.threads,
        row.launches, row.failed, row.samples, row.p50_ns, row.p90_ns, row.mean_ns, row.spread_ns,
        row.end_temp_c, row.was_throttled, redact(row.cause, row.device), row.code, row.affinity,
        row.xnnpack, row.placement, row.coverage.value, row.is_aggregate, row.aggregate_runs,
        row.control_p50_ns, " ".join(row.alarms), row.is_imported,
    )  # fmt: skip


def _samples(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    prefixes = _prefixes(history, session, redact)
    for row in history.samples([session]):
        yield (*prefixes[row.launch], *_sample_cells(row))


def _sample_cells(row: SampleRow) -> tuple[Cell, ...]:
    return row.index, row.t_ns, row.latency_ns, row.is_warmup


def _readings(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    prefixes = _prefixes(history, session, redact)
    for row in history.readings([session]):
        yield (*prefixes[row.launch], *_reading_cells(row))


def _reading_cells(row: ReadingRow) -> tuple[Cell, ...]:
    return (
        row.t_ns, row.headline_c, row.thermal_status, row.battery_percent, row.battery_c,
        row.clock_limit_ratio,
    )  # fmt: skip


def _placements(
    history: History, session: SessionUid, redact: Redact
) -> Iterator[tuple[Cell, ...]]:
    prefixes = _prefixes(history, session, redact)
    for row in history.op_times([session]):
        yield (*prefixes[row.launch], *_op_cells(row))


def _op_cells(row: OpTimeRow) -> tuple[Cell, ...]:
    op = row.op
    return row.position, op.name, op.unit, op.delegate, op.count, op.mean_ns, row.share


def _prefixes(
    history: History, session: SessionUid, redact: Redact
) -> dict[LaunchUid, tuple[Cell, ...]]:
    return {row.launch: _prefix(row, redact) for row in history.launches([session])}


def _prefix(row: LaunchRow, redact: Redact) -> tuple[Cell, ...]:
    return (
        row.session, row.launch, redact(row.device, row.device),
        redact(row.device_name, row.device), row.os_version, row.build, row.is_virtual, row.model,
        row.recipe, row.engine, row.accelerator_asked, row.threads,
    )  # fmt: skip
