"""The lines on one verdict: what it says, what it rests on, what was left out."""

import math
from collections.abc import Iterable

from labtui.core.accuracy import percent
from labtui.core.accuracy.live import interval_text as points_text
from labtui.core.compare.evidence import Evidence, timing
from labtui.core.compare.standing import Standing, Stat
from labtui.core.compare.table import AccuracyDifference, Word
from labtui.core.compare.table import Row as Verdict
from labtui.core.compare.verdict import DEFAULT_MARGIN, Comparison
from labtui.core.compare.wording import both_forms, percent_text, sentence, word_text
from labtui.core.conditions import differences
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, entry, heading, paragraph
from labtui.tui.theme import Tone
from labtui.tui.views.compare import TONES, Look


def verdict_lines(row: Verdict, look: Look) -> list[PageLine]:
    """Return what is known of a variant against its baseline, what matters most first."""
    return [
        *_headline(row, look),
        *_reasons(row),
        *_times(row, look),
        *(_accuracy(row.accuracy) if row.accuracy else []),
        *_conditions(row),
        *_launches(row.evidence),
        *(_left_out(row.baseline) if row.baseline and not row.is_baseline else []),
    ]


def _headline(row: Verdict, look: Look) -> list[PageLine]:
    own = row.evidence
    title = (
        cell(own.variant.name, Tone.STRONG),
        cell(f" on {own.device_name}", Tone.STRONG),
        Cell("  virtual" if own.is_virtual else "", Tone.VIRTUAL),
        Cell("  "),
        Cell(word_text(row, ascii_only=look.ascii_only), TONES[row.word]),
    )
    words = sentence(row, DEFAULT_MARGIN) or "The others of its model are compared with this one."
    return [title, (), *paragraph("", words)]


def _reasons(row: Verdict) -> list[PageLine]:
    """Return why there is no verdict, and what to know beside one."""
    if not row.refusals and not row.notes:
        return []
    lines = heading("mind")
    for text in row.refusals:
        lines += paragraph("refused", text, Tone.WARN)
    for text in row.notes:
        lines += paragraph("", text, Tone.WARN)
    return lines


def _times(row: Verdict, look: Look) -> list[PageLine]:
    own, base = row.evidence, row.baseline
    lines = [
        *heading("time, by launches in pairs"),
        entry("own", Cell(_medians(own))),
    ]
    if base is None or row.is_baseline:
        return lines
    lines.append(entry("baseline", Cell(_medians(base)), cell(f"  {base.variant.name}")))
    found = row.believed
    if row.standing is None or found is None:
        return lines
    return [*lines, *_picture(found, look, row.word), *_standing_lines(row.standing)]


def _picture(found: Comparison, look: Look, word: Word) -> list[PageLine]:
    scale = Cell(f"  {look.axis.ends}", Tone.MUTED)
    return [entry("interval", Cell(look.bar(found), TONES[word]), scale)]


def _standing_lines(standing: Standing) -> Iterable[PageLine]:
    judged = standing.judged
    yield from _comparison("p50", standing.p50)
    yield from _comparison("p90", standing.p90)
    if standing.mean_ratio is not None:
        yield from paragraph("mean", both_forms(standing.mean_ratio))
    if judged.p_value is not None:
        holm = "" if standing.p_holm is None else f"; {standing.p_holm:.3g} after Holm"
        yield entry("p", Cell(f"{judged.p_value:.3g}{holm}"))
    yield entry("pairs", Cell(f"{judged.pairs} used, {judged.unpaired} launches without one"))
    if standing.more_launches is not None:
        more = units.plural(standing.more_launches, "launch", "launches")
        yield entry("more needed", Cell(f"{more} of each variant", Tone.WARN))
    yield from paragraph("slot effect", _slot(judged.slot_effect))


def _comparison(label: str, found: Comparison) -> list[PageLine]:
    if found.ratio is None:
        return [entry(label, Cell("no pair of launches", Tone.MUTED))]
    words = f"{found.verdict.value}: {both_forms(found.ratio, found.low, found.high)}"
    has_ends = math.isfinite(found.high)
    return paragraph(label, words if has_ends else f"{words}; too few pairs for an interval")


def _slot(effect: float | None) -> str:
    if effect is None:
        return "not known: one of the two always came first"
    return f"coming second in its round costs a launch {100 * effect:+.1f} %"


def _medians(evidence: Evidence) -> str:
    p50, p90 = (units.latency_ms(evidence.median_ns(stat)) for stat in (Stat.P50, Stat.P90))
    return f"p50 {p50} ms, p90 {p90} ms"


def _accuracy(found: AccuracyDifference) -> list[PageLine]:
    own = found.comparison
    more = "" if own.more_items is None else f": about {own.more_items:,} more items would decide"
    points = f"{100 * own.difference:+.1f} points {points_text(own.interval)}"
    return [
        *heading("accuracy, item by item"),
        *paragraph("verdict", f"{found.verdict.value}{more}"),
        *paragraph("difference", f"{points}; within ±{percent(own.margin)} is the same"),
        entry("lost, gained", Cell(f"{len(own.lost)} lost, {len(own.gained)} gained")),
    ]


def _conditions(row: Verdict) -> list[PageLine]:
    own, base = row.evidence, row.baseline
    drift = own.drift_ratio
    words = "not known" if drift is None else f"{percent_text(drift)} % from first to last launches"
    return [
        *heading("conditions"),
        entry("drift", Cell(words)),
        *paragraph("ran on", own.placement or "the engine would not say"),
        entry("size", Cell(units.size(own.size_bytes))),
        *(_differences(own, base) if base is not None and not row.is_baseline else []),
    ]


def _differences(own: Evidence, base: Evidence) -> list[PageLine]:
    """Return what was not the same for both, deliberate or not."""
    if own.conditions is None or base.conditions is None:
        return [entry("differ", Cell("not known", Tone.MUTED))]
    found = differences(base.conditions, own.conditions)
    lines = [line for one in found for line in paragraph("differ", one.text, Tone.WARN)]
    return lines or [entry("differ", Cell("none that is known", Tone.GOOD))]


def _launches(own: Evidence) -> list[PageLine]:
    lines = heading(f"launches: {_counts(own)}")
    return [*lines, *(line for row in own.launches for line in _launch(row))]


def _left_out(base: Evidence) -> list[PageLine]:
    """Return which launches of the baseline do not count."""
    counted = set(map(id, base.counted))
    missing = [row for row in base.launches if id(row) not in counted]
    lines = heading(f"launches of the baseline: {_counts(base)}")
    return [*lines, *(line for row in missing for line in _launch(row))]


def _counts(evidence: Evidence) -> str:
    used = len(evidence.counted)
    return f"{used} used, {len(evidence.launches) - used} left out"


def _launch(row: LaunchRow) -> list[PageLine]:
    label = f"#{row.index} block {row.block}"
    told = timing(row, 0)
    if told.p50_ns is None:
        done = row.outcome is Outcome.DONE
        why = "no usable duration" if done else " ".join(filter(None, (row.outcome, row.cause)))
        return paragraph(label, f"left out: {why}", Tone.BAD)
    temp = f"  {units.temp(row.start_temp_c)} °C at start"
    times = f"p50 {units.latency_ms(told.p50_ns)} ms  p90 {units.latency_ms(told.p90_ns)} ms{temp}"
    return [entry(label, Cell(times))]
