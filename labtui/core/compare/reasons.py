"""Why two variants cannot be compared, and what to know where they can."""

from collections.abc import Iterable

from labtui.core.compare.evidence import Evidence
from labtui.core.compare.standing import Standing
from labtui.core.conditions import Conditions, conditions_of, differences
from labtui.core.history import Numerics
from labtui.core.placement import Coverage

_DELIBERATE = ("options",)
"""What differs because somebody wants to know what it does."""

NOT_INTERLEAVED = (
    "launches were not interleaved (first all of one, then all of the other): "
    "order and heat are in the ratio"
)
OTHER_SESSIONS = "they ran in different sessions: what order and heat did is in the ratio"
IMPORTED = "imported from another tool's log: in which order and how warm is not known"
BROKEN_BASELINE = "the baseline's outputs are broken: name another one with --baseline"


def refusals_between(baseline: Evidence, other: Evidence) -> tuple[str, ...]:
    """Return why launches of one device say nothing of the two; empty where they do."""
    if baseline is other:
        return ()
    reasons: list[str] = []
    if baseline.is_imported or other.is_imported:
        reasons.append(IMPORTED)
    elif not set(baseline.sessions) & set(other.sessions):
        reasons.append(OTHER_SESSIONS)
    elif baseline.launches and other.launches and not _blocks(baseline) & _blocks(other):
        reasons.append(NOT_INTERLEAVED)
    if reasons:
        reasons += _differences(baseline.conditions, other.conditions)
    if baseline.numerics is Numerics.BROKEN:
        reasons.append(BROKEN_BASELINE)
    return tuple(reasons)


def _blocks(evidence: Evidence) -> set[tuple[str, int]]:
    return {(launch.session, launch.block) for launch in evidence.launches}


def _differences(one: Conditions | None, other: Conditions | None) -> list[str]:
    if one is None or other is None:
        return []
    found = differences(one, other)
    return [difference.text for difference in found if difference.what not in _DELIBERATE]


def notes_on(
    evidence: Evidence, baseline: Evidence | None = None, standing: Standing | None = None
) -> tuple[str, ...]:
    """Return what belongs beside a number, most important first."""
    notes = [*_placement_notes(evidence), *_own_notes(evidence)]
    if baseline is not None:
        conditions = _differences(baseline.conditions, evidence.conditions)
        notes += [f"not the same for both, {text}" for text in conditions]
    if baseline is not None and standing is not None:
        notes += _standing_notes(standing, evidence, baseline)
    return tuple(notes)


def _placement_notes(evidence: Evidence) -> Iterable[str]:
    asked, used = evidence.variant.accelerator, evidence.placement or "something else"
    if evidence.coverage is Coverage.NONE:
        yield f"fell back: {asked} asked, {used} used"
    if evidence.coverage is Coverage.PARTIAL:
        yield f"fell back in part: {asked} asked, {used} used"


def _own_notes(evidence: Evidence) -> Iterable[str]:
    if any(launch.is_aggregate for launch in evidence.launches):
        yield "totals only: no samples behind them"
    if left_out := evidence.left_out:
        yield f"left out: {', '.join(left_out)}"
    if not evidence.launches and (cause := _cause(evidence)):
        yield f"never launched: {cause}"
    yield from _session_notes(evidence)


def _cause(evidence: Evidence) -> str:
    return next((result.cause for result in evidence.results if result.cause), "")


def _session_notes(evidence: Evidence) -> Iterable[str]:
    """Yield what was different between the sessions that are taken together."""
    by_session: dict[str, list[str]] = {}
    groups = [
        [launch for launch in evidence.counted if launch.session == session]
        for session in evidence.sessions
    ]
    found = [conditions_of(group) for group in groups if group]
    for later in found[1:]:
        for difference in differences(found[0], later):
            by_session.setdefault(difference.what, []).append(difference.text)
    yield from (f"not the same in all sessions, {texts[0]}" for texts in by_session.values())


def _standing_notes(standing: Standing, evidence: Evidence, baseline: Evidence) -> Iterable[str]:
    failed = sum(len(one.launches) - len(one.counted) for one in (evidence, baseline))
    if evidence.launches and (lonely := standing.judged.unpaired - failed) > 0:
        yield f"left out for want of a partner in their round: {lonely}"
    if standing.is_flip and standing.mean_ratio is not None and standing.p50.ratio is not None:
        yield (
            f"by medians {standing.p50.ratio:.3f} x the time, by means {standing.mean_ratio:.3f} x:"
            " a few slow inferences decide which"
        )
