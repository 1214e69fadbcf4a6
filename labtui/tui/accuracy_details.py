"""Everything the history knows of how right one result is."""

from collections.abc import Iterable
from dataclasses import dataclass

from labtui.core.accuracy import Score
from labtui.core.evalset import EvalSet
from labtui.core.history import PredictionsRow, ResultRow, ScoreRow
from labtui.core.pairings import (
    DeviceAgreement,
    Pairing,
    Peers,
    device_agreements,
    evaluations,
    peers_of,
)
from labtui.core.plan import Purpose
from labtui.errors import LabtuiError, UsageError
from labtui.ports import History
from labtui.tui.services import EvalSets
from labtui.tui.views.results import variant_key


@dataclass(frozen=True, slots=True)
class Labelled:
    """The items of an eval set with what they are."""

    eval_set: EvalSet
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AccuracyDetails:
    """What is known of the outputs of one variant on one device."""

    result: ResultRow
    checked: Score | None = None
    """Of the newest golden check."""
    evaluated: PredictionsRow | None = None
    peers: Peers | None = None
    """The variants of the same model on the same device and items."""
    agreement: DeviceAgreement | None = None
    """With other devices."""
    labelled: Labelled | None = None
    unlabelled: str = ""
    """Why the labels are not known."""

    @property
    def pairing(self) -> Pairing | None:
        """Against the reference; None for the reference itself."""
        pairings = self.peers.pairings if self.peers else ()
        return next((pairing for pairing in pairings if pairing.other is self.evaluated), None)


def load_details(history: History, sets: EvalSets, result: ResultRow) -> AccuracyDetails:
    """Read what is known of a result. Blocking; raises StoreError."""
    checked = [row.score for row in _own(history.scores([result.session]), result)]
    rows = evaluations(history.predictions([result.session]))
    evaluated = next((row for row in rows if _is_of(row.scored, result)), None)
    if evaluated is None:
        return AccuracyDetails(result, checked[-1] if checked else None)
    labelled, unlabelled = _labels(history, sets, evaluated)
    return AccuracyDetails(
        result,
        checked[-1] if checked else None,
        evaluated,
        next((peers for peers in peers_of(rows) if _has(peers.rows, evaluated)), None),
        next((one for one in device_agreements(rows) if _has(one.rows, evaluated)), None),
        labelled,
        unlabelled,
    )


def _own(scores: Iterable[ScoreRow], result: ResultRow) -> Iterable[ScoreRow]:
    return (row for row in scores if row.purpose is Purpose.CHECK and _is_of(row, result))


def _is_of(row: ScoreRow, result: ResultRow) -> bool:
    options = (row.accelerator_asked, row.threads, row.affinity, row.xnnpack)
    return row.device == result.device and (row.digest, *options) == variant_key(result)


def _has(rows: Iterable[PredictionsRow], row: PredictionsRow) -> bool:
    return any(one is row for one in rows)


def _labels(
    history: History, sets: EvalSets, evaluated: PredictionsRow
) -> tuple[Labelled | None, str]:
    """Return the labels of what was evaluated; else why they are not known."""
    scored = evaluated.scored
    try:
        plan = history.plan(scored.session).plan
        digest = scored.score.eval_set
        eval_set = next((one for one in plan.eval_sets if one.digest == digest), None)
        if eval_set is None:
            raise UsageError("The session does not say where its eval set lies.")
        return Labelled(eval_set, sets.labels(eval_set)), ""
    except LabtuiError as error:
        return None, str(error)
