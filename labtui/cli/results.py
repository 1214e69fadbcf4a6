"""The result table of a session."""

from collections.abc import Sequence
from typing import Any

from labtui.cli.budgets import judgement
from labtui.cli.output import degrees, ms, print_document, print_line, print_table, say, size
from labtui.cli.settings import Settings
from labtui.core.accuracy import Tally, percent
from labtui.core.accuracy.live import interval_text
from labtui.core.budget import Budget, judge
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import SessionUid
from labtui.core.placement import Coverage
from labtui.ports import History

_HEADERS = (
    "device", "variant", "format", "size", "launches#", "samples#", "p50 ms", "top-1 %",
    "numerics", "p90 ms", "mean ms", "spread ms", "temp °C", "throttled", "ran on", "state",
)  # fmt: skip
_BUDGET_AT = _HEADERS.index("p90 ms")


def print_results(
    history: History, session: SessionUid, settings: Settings, limit: Budget | None = None
) -> None:
    """Print one row per device and variant; as one JSON line when the output is JSON."""
    results = history.results(session)
    if settings.as_json:
        marks = history.marks(session)
        judged = _judgements(results, limit)
        print_line("results", session=session, results=results, marks=marks, **judged)
        return
    headers: tuple[str, ...] = _HEADERS
    rows = [_row(result) for result in results]
    if limit is not None:
        headers = (*headers[:_BUDGET_AT], "budget", *headers[_BUDGET_AT:])
        rows = [
            (*row[:_BUDGET_AT], judgement(result, limit), *row[_BUDGET_AT:])
            for row, result in zip(rows, results, strict=True)
        ]
    print_table(headers, rows, settings, title=f"session {session}")
    for result in results:
        for alarm in result.alarms:
            say(f"warning: {result.device_name}, {_variant(result)}: {alarm}")
    for mark in history.marks(session):
        say(f"note: {mark.device_name}: {mark.text}")


def print_session(
    history: History, session: SessionUid, settings: Settings, limit: Budget | None = None
) -> None:
    """Print the results of a stored session, as a document when the output is JSON."""
    if not settings.as_json:
        print_results(history, session, settings, limit)
        return
    launches, results = list(history.launches([session])), history.results(session)
    judged = _judgements(results, limit)
    marks = history.marks(session)
    print_document(
        "session", session=session, results=results, launches=launches, marks=marks, **judged
    )


def _judgements(results: Sequence[ResultRow], limit: Budget | None) -> dict[str, Any]:
    """Return what JSON says of a budget, if there is one, in the order of the results."""
    if limit is None:
        return {}
    return {"budget_ms": limit.limit_ms, "judgements": [judge(row, limit) for row in results]}


def _row(result: ResultRow) -> tuple[str, ...]:
    throttled = {True: "yes", False: "no", None: "unknown"}[result.was_throttled]
    return (
        f"{result.device_name}{_label(result)}",
        _variant(result),
        result.format.value if result.format else "-",
        size(result.size_bytes or None),
        str(result.launches),
        "-" if result.is_aggregate else str(result.samples),
        ms(result.p50_ns),
        top1(result.tally),
        "BROKEN" if result.numerics is Numerics.BROKEN else result.numerics.value,
        ms(result.p90_ns),
        ms(result.mean_ns),
        ms(result.spread_ns),
        degrees(result.end_temp_c),
        throttled,
        _ran_on(result),
        _state(result),
    )


def _label(result: ResultRow) -> str:
    """Return what keeps a result apart from measurements of real devices on this bench."""
    if result.is_imported:
        return " (imported)"
    return " (virtual)" if result.is_virtual else ""


def _variant(result: ResultRow) -> str:
    return f"{result.model} {result.recipe}".strip()


def _ran_on(result: ResultRow) -> str:
    """Return where the ops ran; loud when that is not what was asked for."""
    used = f"{result.accelerator_asked} asked, {result.placement or 'something else'} used"
    if result.coverage is Coverage.NONE:
        return f"FELL BACK: {used}"
    if result.coverage is Coverage.PARTIAL:
        return f"FELL BACK IN PART: {used}"
    return result.placement or "unknown"


def top1(tally: Tally | None) -> str:
    """Return a top-1 accuracy with its 95 % interval, in %: `93.1 [91.4, 94.5]`."""
    if tally is None or not tally.items:
        return "-"
    return f"{percent(tally.share)} {interval_text(tally.interval())}"


def _state(result: ResultRow) -> str:
    if result.failed:
        code = f" ({result.code})" if result.code else ""
        return f"{result.failed} failed{code}: {result.cause}"
    if result.cause:
        return result.cause
    if result.is_aggregate:
        return f"ok, totals only: {result.aggregate_runs or 'unknown number of'} runs"
    return "ok"
