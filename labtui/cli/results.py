"""The result table of a session."""

from labtui.cli.output import degrees, ms, print_document, print_line, print_table, say, size
from labtui.cli.settings import Settings
from labtui.core.history import ResultRow
from labtui.core.model import SessionUid
from labtui.core.placement import Coverage
from labtui.ports import History

_HEADERS = (
    "device", "variant", "size", "launches#", "samples#", "p50 ms", "p90 ms", "mean ms",
    "spread ms", "temp °C", "throttled", "ran on", "state",
)  # fmt: skip


def print_results(history: History, session: SessionUid, settings: Settings) -> None:
    """Print one row per device and variant; as one JSON line when the output is JSON."""
    results = history.results(session)
    if settings.as_json:
        print_line("results", session=session, results=results)
        return
    print_table(_HEADERS, [_row(r) for r in results], settings, title=f"session {session}")
    for result in results:
        for alarm in result.alarms:
            say(f"warning: {result.device_name}, {_variant(result)}: {alarm}")


def print_session(history: History, session: SessionUid, settings: Settings) -> None:
    """Print the results of a stored session, as a document when the output is JSON."""
    if not settings.as_json:
        print_results(history, session, settings)
        return
    launches = list(history.launches([session]))
    print_document("session", session=session, results=history.results(session), launches=launches)


def _row(result: ResultRow) -> tuple[str, ...]:
    throttled = {True: "yes", False: "no", None: "unknown"}[result.was_throttled]
    return (
        f"{result.device_name}{_label(result)}",
        _variant(result),
        size(result.size_bytes or None),
        str(result.launches),
        "-" if result.is_aggregate else str(result.samples),
        ms(result.p50_ns),
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


def _state(result: ResultRow) -> str:
    if result.failed:
        code = f" ({result.code})" if result.code else ""
        return f"{result.failed} failed{code}: {result.cause}"
    if result.is_aggregate:
        return f"ok, totals only: {result.aggregate_runs or 'unknown number of'} runs"
    return "ok"
