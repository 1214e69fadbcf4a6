"""The verdict table on a terminal of 80 columns, of 120, and in a pipe."""

from collections.abc import Callable, Sequence
from itertools import groupby

from labtui.cli.columns import MEDIUM, NARROW, WIDE, Column, print_columns, print_wrapped, room_step
from labtui.cli.output import ms, size
from labtui.cli.settings import Settings
from labtui.core.accuracy.live import interval_text as points_text
from labtui.core.compare.standing import Stat
from labtui.core.compare.table import Row
from labtui.core.compare.verdict import Comparison
from labtui.core.compare.wording import (
    Axis,
    axis_for,
    both_forms,
    interval_text,
    percent_text,
    sentence,
    word_text,
)

_BAR = {NARROW: 13, MEDIUM: 21, WIDE: 41}
_WORDS = {True: "yes", False: "no", None: "unknown"}


def print_rows(rows: Sequence[Row], margin: float, settings: Settings, *, forced: bool) -> None:
    """Print a table for each device, all bars on one axis, and a sentence for each row below."""
    axis = axis_for((row.believed for row in rows if row.believed), margin, _BAR[room_step()])
    columns = _columns(axis, settings)
    for _, group in groupby(rows, key=lambda row: row.evidence.device):
        own = list(group)
        print_columns(columns, own, settings, device_text(own[0]))
        texts = (row_text(row, margin, forced=forced) for row in own)
        print_wrapped([*filter(None, texts), ""], settings)
    print_wrapped([_legend(axis, rows)], settings)


def _columns(axis: Axis, settings: Settings) -> list[Column[Row]]:
    ascii_only = settings.ascii_only
    return [
        Column("variant", lambda row: row.evidence.variant.name),
        Column("verdict", lambda row: word_text(row, ascii_only=ascii_only)),
        Column("time %", lambda row: _judged_text(row, lambda c: percent_text(c.ratio))),
        Column("95 %", lambda row: _judged_text(row, interval_text)),
        Column(axis.ends, lambda row: _bar(row, axis, ascii_only=ascii_only)),
        Column("p50 ms", lambda row: ms(row.evidence.median_ns(Stat.P50)), MEDIUM),
        Column("p90: time %", lambda row: percent_text(_p90(row)), MEDIUM),
        Column("top-1 points", points, MEDIUM),
        Column("p90 ms", lambda row: ms(row.evidence.median_ns(Stat.P90)), WIDE),
        Column("accuracy", _accuracy_word, WIDE),
        Column("pairs#", lambda row: _judged_text(row, lambda c: str(c.pairs)), WIDE),
        Column("slot %", _slot, WIDE),
        Column("drift %", lambda row: percent_text(row.evidence.drift_ratio), WIDE),
        Column("throttled", lambda row: _WORDS[row.evidence.was_throttled], WIDE),
        Column("size", lambda row: size(row.evidence.size_bytes), WIDE),
        Column("ran on", lambda row: row.evidence.placement or "unknown", WIDE),
    ]


def _judged_text(row: Row, text: Callable[[Comparison], str]) -> str:
    judged = row.believed
    return "-" if judged is None else text(judged)


def _bar(row: Row, axis: Axis, *, ascii_only: bool) -> str:
    judged = row.believed
    return "" if judged is None else axis.bar(judged, ascii_only=ascii_only)


def _p90(row: Row) -> float | None:
    return row.standing.p90.ratio if row.standing and row.believed else None


def _slot(row: Row) -> str:
    judged = row.believed
    effect = None if judged is None else judged.slot_effect
    return "-" if effect is None else f"{100 * effect:+.1f}"


def points(row: Row) -> str:
    """Return the difference of accuracies in points, with its interval."""
    if row.accuracy is None:
        return "-"
    found = row.accuracy.comparison
    return f"{100 * found.difference:+.1f} {points_text(found.interval)}"


def _accuracy_word(row: Row) -> str:
    return "-" if row.accuracy is None else row.accuracy.verdict.value


def device_text(row: Row) -> str:
    """Return a device's name, labelled if it is virtual."""
    virtual = " (virtual)" if row.evidence.is_virtual else ""
    return f"{row.evidence.device_name}{virtual}"


def row_text(row: Row, margin: float, *, forced: bool) -> str:
    """Return the verdict of a row and what to know beside it; empty where there is nothing."""
    text = sentence(row, margin)
    extra = [f"{note}." for note in row.notes]
    if forced and row.refusals and row.unpaired_ratio is not None:
        extra.append(f"Unpaired, not comparable: {both_forms(row.unpaired_ratio)}.")
    if row.is_baseline and extra and not text:
        text = f"{row.evidence.variant.name} (baseline):"
    return " ".join(part for part in (text, *map(_capital, extra)) if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _legend(axis: Axis, rows: Sequence[Row]) -> str:
    baselines = {row.baseline.variant.name for row in rows if row.baseline is not None}
    against = f"against {baselines.pop()}" if len(baselines) == 1 else "against its baseline"
    return (
        f"time: how much longer an inference takes {against}, by launches in pairs, with its"
        f" 95 % interval; verdicts after Holm's adjustment for the variants of a device; within"
        f" {100 * axis.margin:g} % is the same. docs/METHOD.md explains each number."
    )
