"""The same variants in two sessions: side by side, and why that is no comparison."""

from collections.abc import Iterable, Sequence

from labtui.core.compare.evidence import Evidence
from labtui.core.compare.reasons import notes_on, refusals_between
from labtui.core.compare.table import Row, with_accuracy
from labtui.core.history import PredictionsRow


def over_time(
    before: Iterable[Sequence[Evidence]],
    after: Iterable[Sequence[Evidence]],
    predictions: Iterable[PredictionsRow] = (),
) -> tuple[Row, ...]:
    """Return a row for each variant and device that both have, `before` as its baseline.

    A variant is the same by its name and options: whether its file is, is one of the reasons.
    Where no device is in both, the same variant on the other ones is shown.
    """
    known = tuple(predictions)
    old = [evidence for peers in before for evidence in peers]
    rows: list[Row] = []
    for peers in after:
        found = [_row(evidence, _same(evidence, old)) for evidence in peers]
        rows += with_accuracy([row for row in found if row is not None], known)
    return tuple(rows)


def _same(evidence: Evidence, old: Sequence[Evidence]) -> Evidence | None:
    named = [other for other in old if _identity(other) == _identity(evidence)]
    here = [other for other in named if other.device == evidence.device]
    return next(iter(here or named), None)


def _identity(evidence: Evidence) -> tuple[str, int]:
    """Return the name (it has the options) and the copy."""
    return evidence.variant.name, evidence.variant.copy


def _row(evidence: Evidence, baseline: Evidence | None) -> Row | None:
    if baseline is None:
        return None
    refusals = (*refusals_between(baseline, evidence), *_file(baseline, evidence))
    return Row(evidence, baseline, refusals=refusals, notes=notes_on(evidence))


def _file(baseline: Evidence, evidence: Evidence) -> tuple[str, ...]:
    one, other = baseline.variant.digest, evidence.variant.digest
    return () if one == other else (f"file: {one[:12]} against {other[:12]}",)
