"""Rows of exports, level by level, as `export_columns` names their cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labtui.core.history import LaunchRow, OpTimeRow, ReadingRow, ResultRow, SampleRow
from labtui.core.model import LaunchUid, SessionUid
from labtui.core.protocol import Aggregate
from labtui.core.stats import LaunchSummary
from labtui.ports import History
from labtui.store.export_columns import AGGREGATE, SUMMARY, Cell, Level
from labtui.store.export_prefix import launch_cells, of_launch_cells
from labtui.store.export_scores import accuracies, predictions, top1_cells, top5_share
from labtui.store.export_tables import sweeps
from labtui.store.redact import Redact


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
    """Yield the rows of a level that has some for each session, session by session."""
    make = {
        Level.RESULTS: _results,
        Level.LAUNCHES: _launches,
        Level.SAMPLES: _samples,
        Level.READINGS: _readings,
        Level.PLACEMENTS: _placements,
        Level.ACCURACY: accuracies,
        Level.PREDICTIONS: predictions,
        Level.SWEEPS: sweeps,
    }[level]
    for session in sessions:
        yield from make(history, session, redact)


def _launches(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    for row in history.launches([session]):
        yield (
            *launch_cells(row, redact), row.block, row.index, row.started_us, row.ended_us,
            row.outcome.value, redact(row.cause, row.device), row.init_ns, row.first_ns,
            row.warmup_count, *_summary_cells(row.summary), row.start_temp_c, row.end_temp_c,
            row.was_throttled, row.code, row.affinity, row.xnnpack, row.coverage.value,
            row.is_aggregate, *_aggregate_cells(row.aggregate), row.control_unit,
            row.control_p50_ns, " ".join(row.alarms), row.is_imported,
            row.summary.tail_p90_ns if row.summary else None,
        )  # fmt: skip


def _summary_cells(summary: LaunchSummary | None) -> tuple[Cell, ...]:
    if summary is None:
        return (None,) * len(SUMMARY)
    return (
        summary.count, summary.mean_ns, summary.sd_ns, summary.min_ns, summary.p50_ns,
        summary.p90_ns, summary.p99_ns, summary.max_ns,
    )  # fmt: skip


def _aggregate_cells(aggregate: Aggregate | None) -> tuple[Cell, ...]:
    if aggregate is None:
        return (None,) * len(AGGREGATE)
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
        row.control_p50_ns, " ".join(row.alarms), row.is_imported, row.parameters or None,
        row.sustained_p90_ns, row.numerics.value, row.golden_snr_db, row.eval_set or None,
        *top1_cells(row.tally), top5_share(row.tally), row.format,
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
    return {row.launch: of_launch_cells(row, redact) for row in history.launches([session])}
