"""Results of a session -> rows."""

from collections.abc import Sequence

from labtui.core.budget import Basis, Budget, Judgement, judge
from labtui.core.history import Numerics, ResultRow
from labtui.core.placement import Coverage
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.runstate import BROKEN
from labtui.tui.theme import Tone, variant_tone
from labtui.tui.views.placement import ran_on_cell

_FALLBACKS = (Coverage.NONE, Coverage.PARTIAL)
_BAR = 14
"""Width of the bars that show p50 side by side."""

_BUDGET = Column("budget", 8, 12, rank=1)
RESULTS = (
    Column("device", 11, 26, can_shrink=True),
    Column("kind", 4, 7),
    Column("variant", 15, 30),
    Column("format", 6, 9, rank=4),
    Column("p50 ms", 6, 8, is_right=True),
    Column("top-1 %", 7, 10, is_right=True),
    Column("", _BAR, _BAR, rank=6),
    Column("×", 4, 5, is_right=True, rank=2),
    Column("numerics", 8, 9),
    Column("p90 ms", 6, 8, is_right=True, rank=3),
    Column("spread", 6, 8, is_right=True, rank=5),
    Column("launch", 5, 12, is_right=True, rank=2),
    Column("samples", 6, 9, is_right=True, rank=6),
    Column("°C end", 4, 6, is_right=True, rank=4),
    Column("throttle", 5, 8, rank=2),
    Column("ran on", 6, 12, rank=1),
    Column("note", 4, 60, rank=7, can_shrink=True),
)
_BUDGET_AT = 6
"""Beside p50 and accuracy."""
NUMERICS = {
    Numerics.OK: Cell("✔ ok", Tone.GOOD),
    Numerics.BROKEN: Cell(str(BROKEN), BROKEN.tone),
    Numerics.UNCHECKED: Cell("unchecked", Tone.MUTED),
}


def results_columns(limit: Budget | None) -> tuple[Column, ...]:
    """Return the columns of the table; one more where there is a budget."""
    if limit is None:
        return RESULTS
    return (*RESULTS[:_BUDGET_AT], _BUDGET, *RESULTS[_BUDGET_AT:])


def result_rows(results: Sequence[ResultRow], limit: Budget | None = None) -> list[Row]:
    """Return one row per device and variant; `×` = speed against the model's first variant.

    A broken result is red, and nothing is compared with it.
    """
    first: dict[tuple[str, str], float] = {}
    numbers: dict[tuple[object, ...], int] = {}
    sound = [result for result in results if result.numerics is not Numerics.BROKEN]
    for result in sound:
        if result.p50_ns:
            first.setdefault((result.device, result.model), result.p50_ns)
    slowest = max((result.p50_ns or 0.0 for result in sound), default=0.0)
    rows = []
    for result in results:
        tone = variant_tone(numbers.setdefault(variant_key(result), len(numbers)))
        base = first.get((result.device, result.model))
        cells = _cells(result, tone, base, slowest)
        if limit is not None:
            cells.insert(_BUDGET_AT, budget_cell(result, limit))
        if result.numerics is Numerics.BROKEN:
            cells = [Cell(shown.text, Tone.BAD) for shown in cells]
        rows.append(Row(row_key(result), tuple(cells)))
    return rows


def row_key(result: ResultRow) -> str:
    """Return what tells a row from all others of its session."""
    return " ".join(map(str, (result.device, *variant_key(result))))


def variant_key(result: ResultRow) -> tuple[object, ...]:
    """Return what makes two rows the same variant: its file and how it was executed."""
    options = (result.accelerator_asked, result.threads, result.affinity, result.xnnpack)
    return (result.digest, *options)


def _cells(result: ResultRow, tone: Tone, base: float | None, slowest: float) -> list[Cell]:
    failed = f" ({result.failed} failed)" if result.failed else ""
    is_sound = result.numerics is not Numerics.BROKEN
    ratio = f"{base / result.p50_ns:.2f}" if base and result.p50_ns and is_sound else units.NOTHING
    share = (result.p50_ns or 0.0) / slowest if slowest and is_sound else 0.0
    return [
        cell(result.device_name, Tone.STRONG),
        Cell("virtual", Tone.VIRTUAL) if result.is_virtual else Cell("real", Tone.MUTED),
        cell(f"{result.model} {result.recipe}".strip(), tone),
        Cell(result.format.value if result.format else "", Tone.MUTED),
        Cell(units.latency_ms(result.p50_ns), Tone.STRONG),
        Cell(units.accuracy(result.tally), Tone.STRONG),
        Cell("█" * round(share * _BAR), tone),
        Cell(ratio),
        NUMERICS[result.numerics],
        Cell(units.latency_ms(result.p90_ns)),
        Cell(units.latency_ms(result.spread_ns)),
        Cell(f"{result.launches}{failed}", Tone.BAD if result.failed else Tone.PLAIN),
        _samples_cell(result),
        Cell(units.temp(result.end_temp_c)),
        throttled_cell(result.was_throttled),
        _ran_on_cell(result),
        cell(note_of(result), Tone.BAD, 400),
    ]


def budget_cell(result: ResultRow, limit: Budget) -> Cell:
    """Return how a result stands to the budget; `~` = too short to tell what is sustained."""
    judged = judge(result, limit)
    if judged.judgement is Judgement.UNKNOWN or judged.p90_ns is None:
        return Cell(units.NOTHING, Tone.MUTED)
    short = " ~" if judged.basis is Basis.WHOLE else ""
    if judged.judgement is Judgement.WITHIN:
        return Cell(f"✔ within{short}", Tone.GOOD)
    share = judged.p90_ns / limit.limit_ns - 1
    return Cell(f"✖ {units.share_over(share)}{short}", Tone.BAD)


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
