"""Variants x devices: each against its baseline, with all that belongs to the number.

A verdict is a claim about one phone, so Holm's adjustment runs over the variants of one device:
another phone on the bench changes nothing for the first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from labtui.core.accuracy import Comparison as AccuracyComparison
from labtui.core.accuracy import Verdict as AccuracyVerdict
from labtui.core.accuracy import compare as compare_accuracy
from labtui.core.compare.evidence import Evidence, timing
from labtui.core.compare.reasons import notes_on, refusals_between
from labtui.core.compare.standing import LEVEL, Standing, Stat, standings
from labtui.core.compare.verdict import DEFAULT_MARGIN, Comparison, holm
from labtui.core.history import Numerics, PredictionsRow


class Word(StrEnum):
    """What a row says at a glance."""

    BASELINE = "baseline"
    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    CANNOT_TELL = "cannot tell"
    BROKEN = "broken"
    """Its outputs are not those of its model: its latency is that of something else."""
    NOT_COMPARABLE = "not comparable"
    """Something else than the variant was different as well."""


@dataclass(frozen=True, slots=True)
class AccuracyDifference:
    """A variant against its baseline on the same items."""

    comparison: AccuracyComparison
    p_holm: float

    @property
    def verdict(self) -> AccuracyVerdict:
        """That of the comparison, unless so many comparisons find as much by chance."""
        word = self.comparison.verdict
        is_found = word in (AccuracyVerdict.BETTER, AccuracyVerdict.WORSE)
        return AccuracyVerdict.CANNOT_TELL if is_found and self.p_holm >= LEVEL else word


@dataclass(frozen=True, slots=True)
class Row:
    """One variant on one device."""

    evidence: Evidence
    baseline: Evidence | None
    """None where no variant of the device is one."""
    standing: Standing | None = None
    """None for the baseline, and where there can be no pairs."""
    accuracy: AccuracyDifference | None = None
    """None where they were not evaluated on the same items."""
    refusals: tuple[str, ...] = ()
    """Why there is no verdict."""
    notes: tuple[str, ...] = ()
    """What one should know beside the verdict."""

    @property
    def believed(self) -> Comparison | None:
        """The comparison behind the word; None where there is none to believe in."""
        if self.standing is None or self.refusals or self.evidence.numerics is Numerics.BROKEN:
            return None
        return self.standing.judged

    @property
    def is_baseline(self) -> bool:
        """Whether all others of the model are compared with this one."""
        return self.evidence is self.baseline

    @property
    def word(self) -> Word:
        """What to show."""
        if self.evidence.numerics is Numerics.BROKEN:
            return Word.BROKEN
        if self.is_baseline:
            return Word.BASELINE
        if self.refusals or self.standing is None:
            return Word.NOT_COMPARABLE
        return Word(self.standing.verdict.value)

    @property
    def unpaired_ratio(self) -> float | None:
        """Ratio of the medians over launches, without pairs: what order and heat did is in it."""
        if self.baseline is None or self.is_baseline:
            return None
        own, other = (e.median_ns(Stat.P50) for e in (self.evidence, self.baseline))
        return own / other if own and other else None


BaselineOf = Callable[[Evidence, Sequence[Evidence]], Evidence | None]
"""Picks the baseline of a variant among all of its device."""


def first_of_model(evidence: Evidence, peers: Sequence[Evidence]) -> Evidence | None:
    """Return the first variant of the same model, in the plan's order, that ran on the device.

    The first at all where none did.
    """
    family = [peer for peer in peers if peer.variant.model == evidence.variant.model]
    return next((peer for peer in family if peer.launches), family[0])


def table(
    devices: Iterable[Sequence[Evidence]],
    baseline_of: BaselineOf = first_of_model,
    margin: float = DEFAULT_MARGIN,
    stat: Stat = Stat.P50,
    predictions: Iterable[PredictionsRow] = (),
) -> tuple[Row, ...]:
    """Compare the variants of each device; rows in the order of `devices`.

    `predictions` are evaluations (`core.pairings.evaluations`).
    """
    known = tuple(predictions)
    rows: list[Row] = []
    for peers in devices:
        found = _device_rows(peers, baseline_of, margin, stat)
        rows += with_accuracy(found, known)
    return tuple(rows)


def _device_rows(
    peers: Sequence[Evidence], baseline_of: BaselineOf, margin: float, stat: Stat
) -> list[Row]:
    """Compare the variants of one device, those of one baseline at a time."""
    baselines = [baseline_of(peer, peers) for peer in peers]
    compared = {
        index: _standings(peers, baselines, index, margin, stat)
        for index, peer in enumerate(peers)
        if any(peer is baseline for baseline in baselines)
    }
    return [
        _row(peer, baseline, compared[peers.index(baseline)].get(index) if baseline else None)
        for index, (peer, baseline) in enumerate(zip(peers, baselines, strict=True))
    ]


def _standings(
    peers: Sequence[Evidence],
    baselines: Sequence[Evidence | None],
    baseline: int,
    margin: float,
    stat: Stat,
) -> dict[int, Standing]:
    """Compare those that have this baseline with it; what is refused is no comparison of Holm's."""
    others = [
        index
        for index, peer in enumerate(peers)
        if index != baseline
        and baselines[index] is peers[baseline]
        and not refusals_between(peers[baseline], peer)
    ]
    timings = [
        timing(launch, index) for index in (baseline, *others) for launch in peers[index].launches
    ]
    return standings(timings, baseline, others, margin, stat)


def _row(evidence: Evidence, baseline: Evidence | None, standing: Standing | None) -> Row:
    if baseline is None:
        return Row(evidence, None, refusals=("no variant of its device is a baseline for it",))
    if evidence is baseline:
        return Row(evidence, baseline, notes=notes_on(evidence))
    notes = notes_on(evidence, baseline, standing)
    refusals = refusals_between(baseline, evidence)
    return Row(evidence, baseline, standing, None, refusals, notes)


def with_accuracy(rows: Sequence[Row], predictions: Iterable[PredictionsRow]) -> list[Row]:
    """Add the paired difference of accuracy to the rows of one device."""
    by_variant = {_scored_key(row): row for row in predictions}
    compared = {
        index: comparison
        for index, row in enumerate(rows)
        if (comparison := _accuracy(row, by_variant)) is not None
    }
    adjusted = holm([comparison.p_value for comparison in compared.values()])
    found = dict(zip(compared, map(AccuracyDifference, compared.values(), adjusted), strict=True))
    return [replace(row, accuracy=found.get(index)) for index, row in enumerate(rows)]


_ScoredKey = tuple[object, ...]


def _accuracy(row: Row, known: dict[_ScoredKey, PredictionsRow]) -> AccuracyComparison | None:
    if row.baseline is None or row.is_baseline:
        return None
    own, other = (_evaluation(evidence, known) for evidence in (row.evidence, row.baseline))
    if own is None or other is None or not len(own.predictions):
        return None
    is_same = own.scored.score.eval_set == other.scored.score.eval_set
    if not is_same or len(own.predictions) != len(other.predictions):
        return None
    return compare_accuracy(other.predictions, own.predictions)


def _evaluation(
    evidence: Evidence, known: dict[_ScoredKey, PredictionsRow]
) -> PredictionsRow | None:
    """Return the newest one of a variant on its device."""
    key = evidence.variant
    options = (key.digest, key.accelerator, key.threads, key.affinity, key.xnnpack)
    found = (known.get((uid, evidence.device, *options)) for uid in reversed(evidence.sessions))
    return next((row for row in found if row is not None), None)


def _scored_key(row: PredictionsRow) -> _ScoredKey:
    scored = row.scored
    options = (scored.accelerator_asked, scored.threads, scored.affinity, scored.xnnpack)
    return (scored.session, scored.device, scored.digest, *options)


class Gate(StrEnum):
    """What a comparison can be asked to fail on."""

    SLOWER = "slower"
    LESS_ACCURATE = "less-accurate"
    BROKEN = "broken"
    CANNOT_TELL = "cannot-tell"
    """Neither could somebody who was refused a number."""


def is_closed(gate: Gate, row: Row) -> bool:
    """Tell whether a row lets nobody through."""
    if gate is Gate.LESS_ACCURATE:
        return row.accuracy is not None and row.accuracy.verdict is AccuracyVerdict.WORSE
    words = {
        Gate.SLOWER: (Word.SLOWER,),
        Gate.BROKEN: (Word.BROKEN,),
        Gate.CANNOT_TELL: (Word.CANNOT_TELL, Word.NOT_COMPARABLE),
    }
    return row.word in words[gate]
