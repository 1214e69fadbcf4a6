"""Predictions side by side: variants against the reference of their model, and device by device."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from labtui.core.accuracy import Comparison, Verdict, compare
from labtui.core.accuracy.compare import DEFAULT_MARGIN
from labtui.core.accuracy.intervals import CONFIDENCE
from labtui.core.compare.verdict import holm
from labtui.core.history import PredictionsRow, ScoreRow
from labtui.core.plan import Purpose

_FLOAT_RECIPES = ("fp32", "f32", "float32")

_VariantKey = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """A variant against the reference, item by item."""

    other: PredictionsRow
    comparison: Comparison
    p_holm: float
    """McNemar's p, adjusted for all that are compared with the same reference."""

    @property
    def verdict(self) -> Verdict:
        """That of the comparison, unless so many comparisons find as much by chance."""
        word = self.comparison.verdict
        is_found = word in (Verdict.BETTER, Verdict.WORSE)
        return Verdict.CANNOT_TELL if is_found and self.p_holm >= 1 - CONFIDENCE else word


@dataclass(frozen=True, slots=True)
class Peers:
    """All variants of one model that were scored on one device, on the same items."""

    reference: PredictionsRow
    pairings: tuple[Pairing, ...]
    """The others, in the order in which they were scored."""

    @property
    def rows(self) -> tuple[PredictionsRow, ...]:
        """The reference, then the others."""
        return (self.reference, *(pairing.other for pairing in self.pairings))


@dataclass(frozen=True, slots=True)
class DeviceAgreement:
    """One variant on several devices, on the same items."""

    rows: tuple[PredictionsRow, ...]
    unanimous: int
    """Items for which all devices predict the same class."""
    least: float
    """Share of items with the same predicted class, of the two devices that agree least."""
    least_pair: tuple[str, str]
    """Names of those two."""

    @property
    def items(self) -> int:
        """How many items each device has predicted."""
        return len(self.rows[0].predictions)


def variant_key(row: ScoreRow) -> _VariantKey:
    """Return what makes two scores those of the same variant: its file, and how it was executed."""
    return (row.digest, row.accelerator_asked, row.threads, row.affinity, row.xnnpack)


def evaluations(rows: Iterable[PredictionsRow]) -> tuple[PredictionsRow, ...]:
    """Return the newest evaluation of each variant on each device; checks are none."""
    newest = {
        (row.scored.device, *variant_key(row.scored)): row
        for row in rows
        if row.scored.purpose is Purpose.EVALUATE
    }
    return tuple(newest.values())


def peers_of(
    rows: Sequence[PredictionsRow], margin: float = DEFAULT_MARGIN, against: str | None = None
) -> tuple[Peers, ...]:
    """Compare evaluations with the reference of their model, device by device.

    The reference is the variant whose recipe or name is `against` (peers without it are left out);
    by default the fp32 one, else the first, and a broken one only where there is no other.
    """
    groups: defaultdict[_VariantKey, list[PredictionsRow]] = defaultdict(list)
    for row in rows:
        scored = row.scored
        asked = (scored.score.eval_set, len(row.predictions))
        groups[scored.device, scored.model, *asked].append(row)
    found = ((group, _reference(group, against)) for group in groups.values())
    return tuple(_peers(group, reference, margin) for group, reference in found if reference)


def _reference(rows: Sequence[PredictionsRow], against: str | None) -> PredictionsRow | None:
    if against is not None:
        named = (row for row in rows if against in (row.scored.recipe, _name(row.scored)))
        return next(named, None)
    sound = [row for row in rows if not row.scored.score.is_red] or rows
    return next((row for row in sound if row.scored.recipe in _FLOAT_RECIPES), sound[0])


def _name(row: ScoreRow) -> str:
    return f"{row.model} {row.recipe}".strip()


def _peers(rows: Sequence[PredictionsRow], reference: PredictionsRow, margin: float) -> Peers:
    others = [row for row in rows if row is not reference]
    compared = [compare(reference.predictions, row.predictions, margin) for row in others]
    adjusted = holm([comparison.p_value for comparison in compared])
    return Peers(reference, tuple(map(Pairing, others, compared, adjusted)))


def device_agreements(rows: Sequence[PredictionsRow]) -> tuple[DeviceAgreement, ...]:
    """Return how alike the devices predict, for each variant that several have scored."""
    groups: defaultdict[_VariantKey, list[PredictionsRow]] = defaultdict(list)
    for row in rows:
        asked = (row.scored.score.eval_set, len(row.predictions))
        groups[*variant_key(row.scored), *asked].append(row)
    return tuple(_agreement(group) for group in groups.values() if len(group) > 1)


def _agreement(rows: Sequence[PredictionsRow]) -> DeviceAgreement:
    columns = [row.predictions.predicted for row in rows]
    unanimous = sum(len(set(item)) == 1 for item in zip(*columns, strict=True))
    pairs = [(_alike(a, b), a, b) for a, b in combinations(rows, 2)]
    least, one, other = min(pairs, key=lambda pair: pair[0])
    names = (one.scored.device_name, other.scored.device_name)
    return DeviceAgreement(tuple(rows), unanimous, least, names)


def _alike(one: PredictionsRow, other: PredictionsRow) -> float:
    pairs = zip(one.predictions.predicted, other.predictions.predicted, strict=True)
    return sum(a == b for a, b in pairs) / len(one.predictions)
