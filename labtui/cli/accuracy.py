"""`labtui accuracy`: variants against their reference, item by item, and device by device."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from labtui.cli.compose import open_history
from labtui.cli.labels import read_labels
from labtui.cli.output import plain, print_document, print_table, say
from labtui.cli.results import top1
from labtui.cli.settings import Settings
from labtui.core.accuracy import Mistake, Score, confidently_wrong, per_class, percent
from labtui.core.accuracy.live import interval_text
from labtui.core.evalset import EvalSet
from labtui.core.history import PredictionsRow, ScoreRow
from labtui.core.model import Digest, SessionUid, VariantFormat
from labtui.core.pairings import (
    DeviceAgreement,
    Pairing,
    Peers,
    device_agreements,
    evaluations,
    peers_of,
)
from labtui.errors import NothingMatched, UsageError
from labtui.ports import History

_HEADERS = (
    "variant", "format", "top-1 %", "outputs", "difference %", "lost#", "gained#", "p#",
    "p (Holm)#", "alike %", "verdict", "more items#",
)  # fmt: skip
_AGREEMENT = ("variant", "format", "devices#", "items#", "all alike %", "least %", "which")
_MISTAKES = ("variant", "item#", "is", "taken for", "sure %", "rank#")

Formats = Mapping[Digest, VariantFormat | None]
LabelsOf = Callable[[PredictionsRow], tuple[EvalSet, tuple[int, ...]]]


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what a session's evaluations say. Raises NothingMatched when there are none."""
    if not 0 < arguments.margin < 100:
        raise UsageError("--margin is in points of accuracy: give more than 0 and less than 100.")
    history = open_history(settings)
    session = history.find_session(arguments.session)
    rows = evaluations(history.predictions([session]))
    if not rows:
        raise NothingMatched(f"Session {session} scored nothing: run it with --eval SET.")
    groups = peers_of(rows, arguments.margin / 100, arguments.against)
    if not groups:
        names = ", ".join(sorted({row.scored.recipe for row in rows}))
        raise NothingMatched(f"No variant is called {arguments.against!r}: there are {names}.")
    labels_of = _labels_of(history, session)
    if settings.as_json:
        _print_json(session, groups, device_agreements(rows), labels_of, arguments)
        return 0
    formats = {row.digest: row.format for row in history.results(session)}
    for peers in groups:
        _print_peers(peers, formats, settings)
        if arguments.per_class:
            _print_classes(peers, labels_of, settings)
        if arguments.wrong > 0:
            _print_mistakes(peers, labels_of, arguments.wrong, settings)
    _print_agreements(device_agreements(rows), formats, settings)
    if any(len(peers.pairings) > 1 for peers in groups):
        say("Verdicts go by p (Holm): several variants are compared with one reference.")
    return 0


def _labels_of(history: History, session: SessionUid) -> LabelsOf:
    """Return what finds the labels of an evaluation. It raises UsageError where they are gone."""
    known: dict[str, tuple[EvalSet, tuple[int, ...]]] = {}

    def find(row: PredictionsRow) -> tuple[EvalSet, tuple[int, ...]]:
        digest = row.scored.score.eval_set
        if digest not in known:
            sets = history.plan(session).plan.eval_sets
            eval_set = next((one for one in sets if one.digest == digest), None)
            if eval_set is None:
                raise UsageError("The session does not say where its eval set lies.")
            known[digest] = eval_set, read_labels(eval_set)
        return known[digest]

    return find


def _print_peers(peers: Peers, formats: Formats, settings: Settings) -> None:
    reference = peers.reference.scored
    rows = [
        _reference_row(peers.reference, formats),
        *(_pairing_row(pairing, formats) for pairing in peers.pairings),
    ]
    title = f"{_place(peers)}, against {_name(reference)}"
    print_table(_HEADERS, rows, settings, title=title)


def _place(peers: Peers) -> str:
    row = peers.reference.scored
    items = f"{len(peers.reference.predictions):,} items of {row.eval_set or 'an eval set'}"
    virtual = " (virtual)" if row.is_virtual else ""
    return f"{row.device_name}{virtual}: {row.model} on {items}"


def _own_cells(row: ScoreRow, formats: Formats) -> tuple[str, ...]:
    return (
        _name(row),
        formats.get(row.digest) or "-",
        top1(row.score.tally),
        _outputs(row.score),
    )


def _reference_row(row: PredictionsRow, formats: Formats) -> tuple[str, ...]:
    own = _own_cells(row.scored, formats)
    return (*own, *("-" for _ in _HEADERS[len(own) : -2]), "reference", "-")


def _pairing_row(pairing: Pairing, formats: Formats) -> tuple[str, ...]:
    found = pairing.comparison
    return (
        *_own_cells(pairing.other.scored, formats),
        f"{100 * found.difference:+.1f} {interval_text(found.interval)}",
        str(len(found.lost)),
        str(len(found.gained)),
        f"{found.p_value:.3g}",
        f"{pairing.p_holm:.3g}",
        percent(found.agreement),
        pairing.verdict.value,
        "-" if found.more_items is None else f"{found.more_items:,}",
    )


def _outputs(score: Score) -> str:
    """Return whether the outputs can be believed, and how far the golden ones are off."""
    word = f"BROKEN: {score.health.value}" if score.is_red else "ok"
    golden = score.golden
    return word if golden is None or golden.snr_db is None else f"{word}, {golden.snr_db:.1f} dB"


def _print_agreements(
    agreements: Iterable[DeviceAgreement], formats: Formats, settings: Settings
) -> None:
    rows = [
        (
            _name(found.rows[0].scored),
            formats.get(found.rows[0].scored.digest) or "-",
            str(len(found.rows)),
            f"{found.items:,}",
            percent(found.unanimous / found.items),
            percent(found.least),
            " and ".join(found.least_pair),
        )
        for found in agreements
    ]
    if rows:
        print_table(_AGREEMENT, rows, settings, title="devices that predict the same")


def _print_classes(peers: Peers, labels_of: LabelsOf, settings: Settings) -> None:
    eval_set, labels = labels_of(peers.reference)
    columns = [per_class(labels, row.predictions) for row in peers.rows]
    headers = ("class", "items#", *(f"{_name(row.scored)} %" for row in peers.rows))
    rows = [
        (
            eval_set.label(same[0].label),
            str(same[0].items),
            *(percent(one.right / one.items) for one in same),
        )
        for same in zip(*columns, strict=True)
    ]
    print_table(headers, rows, settings, title=f"{_place(peers)}, by class")


def _print_mistakes(peers: Peers, labels_of: LabelsOf, limit: int, settings: Settings) -> None:
    eval_set, labels = labels_of(peers.reference)
    rows = [
        (_name(row.scored), *_mistake_row(mistake, eval_set))
        for row in peers.rows
        for mistake in confidently_wrong(labels, row.predictions, limit)
    ]
    print_table(_MISTAKES, rows, settings, title=f"{_place(peers)}, wrong and most sure of it")


def _mistake_row(mistake: Mistake, eval_set: EvalSet) -> tuple[str, ...]:
    taken = "nothing" if mistake.predicted < 0 else eval_set.label(mistake.predicted)
    sure, rank = percent(mistake.confidence), str(mistake.label_rank)
    return str(mistake.item), eval_set.label(mistake.label), taken, sure, rank


def _name(row: ScoreRow) -> str:
    """Return variant and options, as far as they are not the usual ones."""
    options = () if row.accelerator_asked == "cpu" else (row.accelerator_asked,)
    threads = (f"{row.threads} threads",) if row.threads > 1 else ()
    extra = ", ".join((*options, *threads))
    return f"{row.model} {row.recipe}".strip() + (f" ({extra})" if extra else "")


def _print_json(
    session: SessionUid,
    groups: Sequence[Peers],
    agreements: Sequence[DeviceAgreement],
    labels_of: LabelsOf,
    arguments: argparse.Namespace,
) -> None:
    print_document(
        "accuracy",
        session=session,
        margin=arguments.margin / 100,
        comparisons=[_peers_record(peers, labels_of, arguments) for peers in groups],
        agreements=[_agreement_record(found) for found in agreements],
    )


def _peers_record(
    peers: Peers, labels_of: LabelsOf, arguments: argparse.Namespace
) -> dict[str, Any]:
    variants = [_pairing_record(pairing) for pairing in peers.pairings]
    records = [{"scored": peers.reference.scored}, *variants]
    for row, record in zip(peers.rows, records, strict=True):
        if arguments.per_class:
            record["per_class"] = per_class(labels_of(row)[1], row.predictions)
        if arguments.wrong > 0:
            labels = labels_of(row)[1]
            record["wrong"] = confidently_wrong(labels, row.predictions, arguments.wrong)
    return {"reference": records[0], "variants": records[1:]}


def _pairing_record(pairing: Pairing) -> dict[str, Any]:
    found = pairing.comparison
    return {
        "scored": pairing.other.scored,
        "verdict": pairing.verdict,
        "p_holm": pairing.p_holm,
        "difference": found.difference,
        "agreement": found.agreement,
        "more_items": found.more_items,
        **plain(found),
    }


def _agreement_record(found: DeviceAgreement) -> dict[str, Any]:
    return {
        "scored": [row.scored for row in found.rows],
        "items": found.items,
        "unanimous": found.unanimous,
        "least": found.least,
        "least_pair": found.least_pair,
    }
