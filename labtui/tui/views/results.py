"""Results of a session -> rows; the running one's are made from the launches so far."""

import statistics
from collections.abc import Sequence

from labtui.core.history import ResultRow
from labtui.core.model import SessionUid
from labtui.core.placement import Coverage
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.runstate import DeviceRun, Tally
from labtui.tui.state import BenchState
from labtui.tui.theme import Tone, variant_tone
from labtui.tui.views.placement import ran_on_cell

_FALLBACKS = (Coverage.NONE, Coverage.PARTIAL)
_BAR = 14
"""Width of the bars that show p50 side by side."""

RESULTS = (
    Column("device", 11, 26, can_shrink=True),
    Column("kind", 4, 7),
    Column("variant", 17, 30, can_shrink=True),
    Column("p50 ms", 6, 8, is_right=True),
    Column("", _BAR, _BAR, rank=5),
    Column("×", 5, 5, is_right=True),
    Column("p90 ms", 6, 8, is_right=True, rank=3),
    Column("spread", 6, 8, is_right=True, rank=4),
    Column("launch", 5, 12, is_right=True),
    Column("samples", 6, 9, is_right=True, rank=5),
    Column("°C end", 4, 6, is_right=True, rank=3),
    Column("throttle", 5, 8, rank=2),
    Column("ran on", 6, 12, rank=1),
    Column("note", 4, 60, rank=6, can_shrink=True),
)


def result_rows(results: Sequence[ResultRow]) -> list[Row]:
    """Return one row per device and variant; `×` = speed against the model's first variant."""
    first: dict[tuple[str, str], float | None] = {}
    numbers: dict[tuple[object, ...], int] = {}
    slowest = max((r.p50_ns or 0.0 for r in results), default=0.0)
    rows = []
    for number, result in enumerate(results):
        base = first.setdefault((result.device, result.model), result.p50_ns)
        variant = _variant_key(result)
        tone = variant_tone(numbers.setdefault(variant, len(numbers)))
        rows.append(_result_row(number, result, tone, base, slowest))
    return rows


def _variant_key(result: ResultRow) -> tuple[object, ...]:
    """Return what makes two rows the same variant: its file and how it was executed."""
    options = (result.accelerator_asked, result.threads, result.affinity, result.xnnpack)
    return (result.digest, *options)


def _result_row(
    number: int, result: ResultRow, tone: Tone, base: float | None, slowest: float
) -> Row:
    failed = f" ({result.failed} failed)" if result.failed else ""
    ratio = f"{base / result.p50_ns:.2f}" if base and result.p50_ns else units.NOTHING
    share = (result.p50_ns or 0.0) / slowest if slowest else 0.0
    return Row(
        str(number),
        (
            cell(result.device_name, Tone.STRONG),
            Cell("virtual", Tone.VIRTUAL) if result.is_virtual else Cell("real", Tone.MUTED),
            cell(f"{result.model} {result.recipe}".strip(), tone),
            Cell(units.latency_ms(result.p50_ns), Tone.STRONG),
            Cell("█" * round(share * _BAR), tone),
            Cell(ratio),
            Cell(units.latency_ms(result.p90_ns)),
            Cell(units.latency_ms(result.spread_ns)),
            Cell(f"{result.launches}{failed}", Tone.BAD if result.failed else Tone.PLAIN),
            _samples_cell(result),
            Cell(units.temp(result.end_temp_c)),
            throttled_cell(result.was_throttled),
            _ran_on_cell(result),
            cell(note_of(result), Tone.BAD, 400),
        ),
    )


def _samples_cell(result: ResultRow) -> Cell:
    """Return how many samples there are; totals of a program have none, and say so."""
    if result.is_aggregate:
        return Cell("totals", Tone.MUTED)
    return Cell(units.count(result.samples))


def _ran_on_cell(result: ResultRow) -> Cell:
    has_run = bool(result.samples or result.is_aggregate)
    return ran_on_cell(result.accelerator_asked, result.coverage) if has_run else Cell("")


def note_of(result: ResultRow) -> str:
    """Return what makes the result doubtful: why launches failed, and alarms."""
    cause = f"{result.code}: {result.cause}" if result.code and result.cause else result.cause
    fallback = f"Ran on {result.placement}." if result.coverage in _FALLBACKS else ""
    return " ".join(word for word in (cause, fallback, *result.alarms) if word)


def throttled_cell(was_throttled: bool | None) -> Cell:
    """Return yes, no, or unknown: unreadable is not `no`."""
    if was_throttled is None:
        return Cell("unknown", Tone.MUTED)
    return Cell("▲ yes", Tone.WARN) if was_throttled else Cell("no", Tone.MUTED)


def live_results(state: BenchState) -> list[ResultRow]:
    """Return the results of the running or last session, as far as they are known."""
    if state.session is None:
        return []
    return [
        _live_result(state.session, run, number, tally)
        for run in state.runs.values()
        for number, tally in sorted(run.tallies.items())
    ]


def _live_result(session: SessionUid, run: DeviceRun, number: int, tally: Tally) -> ResultRow:
    planned, medians = run.plan.variants[number], [s.p50_ns for s in tally.summaries]
    placement, totals = tally.placement, tally.totals
    variant, facts = planned.variant, run.device.facts
    return ResultRow(
        session=session,
        device=run.device.id,
        device_name=run.device.name,
        is_virtual=facts is not None and facts.is_virtual,
        model=variant.model,
        recipe=variant.recipe,
        digest=variant.digest,
        size_bytes=variant.size_bytes,
        launches=len(medians),
        failed=tally.failed,
        samples=sum(s.count for s in tally.summaries),
        p50_ns=totals.p50_ns if totals else _median(medians),
        p90_ns=_median([s.p90_ns for s in tally.summaries]),
        mean_ns=totals.mean_ns if totals else _median([s.mean_ns for s in tally.summaries]),
        spread_ns=max(medians) - min(medians) if len(medians) > 1 else None,
        end_temp_c=tally.end_temp_c,
        was_throttled=tally.was_throttled,
        cause=tally.cause,
        accelerator_asked=planned.engine.accelerator,
        threads=planned.engine.threads,
        code=tally.code,
        coverage=placement.coverage if placement else Coverage.UNKNOWN,
        placement=str(placement or ""),
        affinity=planned.engine.affinity,
        xnnpack=planned.engine.xnnpack,
        is_aggregate=totals is not None,
        aggregate_runs=totals.runs if totals else 0,
        control_p50_ns=tally.control_p50_ns,
        alarms=tuple(tally.alarms),
    )


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
