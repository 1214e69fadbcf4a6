"""The result table of a session."""

from labtui.cli.output import degrees, ms, print_document, print_line, print_table, size
from labtui.cli.settings import Settings
from labtui.core.history import ResultRow
from labtui.core.model import SessionUid
from labtui.ports import History

_HEADERS = (
    "device", "variant", "size", "launches#", "samples#", "p50 ms", "p90 ms", "mean ms",
    "spread ms", "temp °C", "throttled", "state",
)  # fmt: skip


def print_results(history: History, session: SessionUid, settings: Settings) -> None:
    """Print one row per device and variant; as one JSON line when the output is JSON."""
    results = history.results(session)
    if settings.as_json:
        print_line("results", session=session, results=results)
        return
    print_table(_HEADERS, [_row(r) for r in results], settings, title=f"session {session}")


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
        f"{result.device_name}{' (virtual)' if result.is_virtual else ''}",
        f"{result.model} {result.recipe}".strip(),
        size(result.size_bytes),
        str(result.launches),
        str(result.samples),
        ms(result.p50_ns),
        ms(result.p90_ns),
        ms(result.mean_ns),
        ms(result.spread_ns),
        degrees(result.end_temp_c),
        throttled,
        f"{result.failed} failed: {result.cause}" if result.failed else "ok",
    )
