"""The lines on how right one result is."""

from labtui.core.accuracy import (
    ClassRow,
    Mistake,
    Score,
    Verdict,
    confidently_wrong,
    per_class,
    percent,
    tally_text,
)
from labtui.core.accuracy.live import interval_text
from labtui.core.accuracy.score import GOLDEN_MIN_SNR_DB
from labtui.core.budget import Budget, judge
from labtui.core.evalset import EvalSet
from labtui.core.history import Numerics, PredictionsRow
from labtui.core.pairings import DeviceAgreement, Pairing, Peers
from labtui.core.text import clean
from labtui.tui import units
from labtui.tui.accuracy_details import AccuracyDetails, Labelled
from labtui.tui.cells import Cell, PageLine, cell, entry, heading, paragraph
from labtui.tui.theme import Tone
from labtui.tui.views.results import NUMERICS

SHOWN_MISTAKES = 10
_VERDICT_TONES = {
    Verdict.BETTER: Tone.GOOD,
    Verdict.WORSE: Tone.BAD,
    Verdict.SAME: Tone.GOOD,
    Verdict.CANNOT_TELL: Tone.WARN,
}


def accuracy_lines(details: AccuracyDetails, limit: Budget | None) -> list[PageLine]:
    """Return what is known of a result's outputs, what matters most first."""
    return [
        *_headline(details, limit),
        *_golden(details.checked),
        *(_evaluated(details, details.evaluated) if details.evaluated else _unscored(details)),
    ]


def _headline(details: AccuracyDetails, limit: Budget | None) -> list[PageLine]:
    result = details.result
    kind = "  virtual" if result.is_virtual else ""
    tone = Tone.BAD if result.numerics is Numerics.BROKEN else Tone.STRONG
    lines: list[PageLine] = [
        (
            cell(f"{result.model} {result.recipe}".strip(), tone),
            cell(f" on {result.device_name}", Tone.STRONG),
            Cell(kind, Tone.VIRTUAL),
            Cell("  "),
            NUMERICS[result.numerics],
        ),
        (),
        entry("p50", Cell(f"{units.latency_ms(result.p50_ns)} ms")),
    ]
    return [*lines, *(paragraph("budget", judge(result, limit).text) if limit else [])]


def _golden(score: Score | None) -> list[PageLine]:
    lines = heading("golden check, before measuring")
    if score is None:
        return [*lines, *paragraph("", "not made: no reference outputs of this model", Tone.MUTED)]
    tone = Tone.BAD if score.is_red else Tone.PLAIN
    lines += paragraph("outputs", f"{score.health.sentence}.", tone)
    golden = score.golden
    if golden is None:
        return lines
    snr = "not finite" if golden.snr_db is None else f"{golden.snr_db:.1f} dB"
    cosine = "not finite" if golden.cosine is None else f"{golden.cosine:.5f}"
    needed = f"{GOLDEN_MIN_SNR_DB:.0f} dB or more is sound"
    return [
        *lines,
        entry("SNR", Cell(f"{snr} to the float model; {needed}", tone)),
        entry("cosine", Cell(cosine, tone)),
        entry("same class", Cell(f"{golden.argmax_agrees} of {golden.items} items", tone)),
    ]


def _unscored(details: AccuracyDetails) -> list[PageLine]:
    lines = heading("accuracy")
    if details.result.tally is not None:
        return [*lines, entry("so far", Cell(tally_text(details.result.tally)))]
    words = "not scored: choose an eval set with v in the plan view, or run with --eval SET"
    return [*lines, *paragraph("", words, Tone.MUTED)]


def _evaluated(details: AccuracyDetails, row: PredictionsRow) -> list[PageLine]:
    score = row.scored.score
    top5 = f"{percent(score.tally.top5 / score.tally.items)} % "
    name = row.scored.eval_set or "an eval set that nobody described"
    return [
        *heading(f"accuracy on {clean(name, 40)}"),
        entry("top-1", cell(tally_text(score.tally), Tone.STRONG)),
        entry("top-5", Cell(top5 + interval_text(score.tally.interval5()))),
        *(paragraph("outputs", f"{score.health.sentence}.", Tone.BAD) if score.is_red else []),
        *(_pairing(details.peers, details.pairing) if details.peers else []),
        *(_agreement(details.agreement) if details.agreement else []),
        *_items(details, row),
    ]


def _pairing(peers: Peers, pairing: Pairing | None) -> list[PageLine]:
    reference = peers.reference.scored
    name = clean(f"{reference.model} {reference.recipe}".strip(), 40)
    if pairing is None:
        words = f"it is what {units.plural(len(peers.pairings), 'variant')} are compared with"
        return [*heading("against the reference"), *paragraph("", words)]
    found = pairing.comparison
    difference = f"{100 * found.difference:+.1f} points {interval_text(found.interval)}"
    return [
        *heading(f"against {name}, item by item"),
        *paragraph("verdict", _verdict(pairing), _VERDICT_TONES[pairing.verdict]),
        *paragraph("difference", f"{difference}; within ±{percent(found.margin)} is the same"),
        entry("lost, gained", Cell(f"{len(found.lost)} lost, {len(found.gained)} gained")),
        entry("McNemar p", Cell(_p_values(pairing, len(peers.pairings)))),
        entry("agreement", Cell(f"{percent(found.agreement)} % of the items alike")),
    ]


def _verdict(pairing: Pairing) -> str:
    more = pairing.comparison.more_items
    if more is None:
        return pairing.verdict.value
    return f"{pairing.verdict.value}: about {more:,} more items would decide"


def _p_values(pairing: Pairing, comparisons: int) -> str:
    own = f"{pairing.comparison.p_value:.3g}"
    if comparisons < 2:
        return own
    return f"{own}; {pairing.p_holm:.3g} as one of {comparisons} (Holm)"


def _agreement(agreement: DeviceAgreement) -> list[PageLine]:
    share = percent(agreement.unanimous / agreement.items)
    one, other = (clean(name, 24) for name in agreement.least_pair)
    devices = len(agreement.rows)
    words = f"all {devices} devices predict the same for {share} % of the items"
    least = f"{percent(agreement.least)} %: {one} and {other}"
    return [*heading("other devices"), *paragraph("alike", words), *paragraph("least", least)]


def _items(details: AccuracyDetails, row: PredictionsRow) -> list[PageLine]:
    labelled = details.labelled
    if labelled is None:
        return [*heading("items"), *paragraph("", details.unlabelled, Tone.MUTED)]
    mistakes = confidently_wrong(labelled.labels, row.predictions, SHOWN_MISTAKES)
    return [
        *heading("wrong, and most sure of it"),
        *(line for one in mistakes for line in _mistake(one, labelled.eval_set)),
        *([] if mistakes else [entry("", Cell("no mistakes", Tone.MUTED))]),
        *_classes(labelled, row),
    ]


def _mistake(mistake: Mistake, eval_set: EvalSet) -> list[PageLine]:
    taken = f"{_class(eval_set, mistake.label)} taken for {_class(eval_set, mistake.predicted)}"
    sure = f"{percent(mistake.confidence)} % sure, right one at rank {mistake.label_rank}"
    return paragraph(f"item {mistake.item}", f"{taken}: {sure}")


def _class(eval_set: EvalSet, number: int) -> str:
    return "nothing" if number < 0 else clean(eval_set.label(number), 24)


def _classes(labelled: Labelled, row: PredictionsRow) -> list[PageLine]:
    """Return a line for each class, those that are wrong most often first."""
    classes = per_class(labelled.labels, row.predictions)
    ordered = sorted(classes, key=lambda one: (one.right / one.items, one.label))
    return [
        *heading("by class, worst first"),
        *(_class_line(one, labelled.eval_set) for one in ordered),
    ]


def _class_line(row: ClassRow, eval_set: EvalSet) -> PageLine:
    share = f"{percent(row.right / row.items):>5} % {interval_text(row.interval)}"
    return entry(_class(eval_set, row.label)[:13], Cell(f"{share}  {row.right} of {row.items}"))
