"""Which variant an app should ship: for each class of devices and size of model, under a budget."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labtui.core.budget import Budget, Judged, Judgement, judge
from labtui.core.history import Numerics, ResultRow
from labtui.core.sweeps import family_of

SAME_ACCURACY = 0.002
"""Shares of 1 that differ by less count as equal, and the faster variant wins: fewer than 20,000
items cannot show such a difference, even paired."""


class Tier(StrEnum):
    """How large a model is among those that are compared.

    Families of models in order of parameters, in three parts as equal as can be; a single family
    is small, of two one is small and one large.
    """

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant under its options, on every device of a class."""

    results: tuple[ResultRow, ...]
    """One for each device that has any: of the newest session that measured and scored it, or else
    of the newest that measured it."""
    judged: Judged
    """Its slowest device."""
    top1: ResultRow | None
    """The device on which it is least accurate; None when any of them did not score it."""

    @property
    def share(self) -> float | None:
        """Top-1 accuracy of 1; None = not scored."""
        tally = self.top1.tally if self.top1 else None
        return tally.share if tally else None


@dataclass(frozen=True, slots=True)
class TierRow:
    """What to take of one tier on one class of devices."""

    device_class: str
    is_virtual: bool
    devices: tuple[str, ...]
    """Ids, each once."""
    tier: Tier
    families: tuple[str, ...]
    """Of the models in this tier, fewest parameters first."""
    choice: Candidate | None
    reason: str
    """Why there is none; else one sentence about the choice's latency."""


def tier_table(
    results: Iterable[ResultRow], limit: Budget, classes: Mapping[str, str] | None = None
) -> tuple[TierRow, ...]:
    """Return the best variant of every tier for every class of devices.

    A device's class is what `classes` says of its name, else that name: its age or chip would be
    guesswork. Of the variants within the budget on every device of the class the most accurate is
    best, and of those within `SAME_ACCURACY` of it the fastest. One that nobody scored comes after
    those that were. Broken outputs, imported results and models of unknown size never count.
    """
    known = [row for row in results if row.parameters > 0 and not row.is_imported]
    tiers = _tiers(known)
    groups: defaultdict[tuple[str, bool], list[ResultRow]] = defaultdict(list)
    for row in known:
        named = (classes or {}).get(row.device_name, row.device_name)
        groups[named, row.is_virtual].append(row)
    return tuple(
        _tier_row(place, rows, tier, families, limit)
        for place, rows in sorted(groups.items())
        for tier, families in tiers.items()
    )


def _tiers(results: Iterable[ResultRow]) -> dict[Tier, tuple[str, ...]]:
    """Return the families of each tier that has any."""
    parameters: dict[str, int] = {}
    for row in results:
        family = family_of(row.model)
        parameters[family] = max(row.parameters, parameters.get(family, 0))
    families = sorted(parameters, key=lambda family: (parameters[family], family))
    found: defaultdict[Tier, list[str]] = defaultdict(list)
    last = max(len(families) - 1, 1)
    for rank, family in enumerate(families):
        found[tuple(Tier)[round(2 * rank / last)]].append(family)
    return {tier: tuple(found[tier]) for tier in Tier if found[tier]}


def _tier_row(
    place: tuple[str, bool],
    rows: Sequence[ResultRow],
    tier: Tier,
    families: tuple[str, ...],
    limit: Budget,
) -> TierRow:
    devices = tuple(dict.fromkeys(row.device for row in rows))
    rows = [row for row in rows if family_of(row.model) in families]
    candidates = _candidates(rows, limit)
    whole = [c for c in candidates if len(c.results) == len(devices)]
    choice = _best([c for c in whole if c.judged.judgement is Judgement.WITHIN])
    reason = choice.judged.text if choice else _why_none(rows, candidates, whole)
    return TierRow(*place, devices, tier, families, choice, reason)


def _candidates(rows: Iterable[ResultRow], limit: Budget) -> list[Candidate]:
    """Return what could be chosen: variants that were not broken when last seen, on any device."""
    found: defaultdict[tuple[object, ...], defaultdict[str, list[ResultRow]]]
    found = defaultdict(lambda: defaultdict(list))
    for row in rows:
        options = (row.accelerator_asked, row.threads, row.affinity, row.xnnpack)
        found[row.digest, *options][row.device].append(row)
    return [
        _candidate(tuple(max(rows, key=_worth) for rows in devices.values()), limit)
        for devices in found.values()
        if not any(_is_broken(rows) for rows in devices.values())
    ]


def _is_broken(rows: Iterable[ResultRow]) -> bool:
    return max(rows, key=lambda row: row.session).numerics is Numerics.BROKEN


def _worth(row: ResultRow) -> tuple[bool, bool, str]:
    """Order the sessions of one variant on one device: a latency, then an accuracy, then newer."""
    is_sound = row.numerics is not Numerics.BROKEN
    return is_sound and row.p90_ns is not None, row.tally is not None, row.session


def _candidate(results: tuple[ResultRow, ...], limit: Budget) -> Candidate:
    judged = max((judge(row, limit) for row in results), key=_slowness)
    scored = [(row.tally.share, n, row) for n, row in enumerate(results) if row.tally]
    top1 = min(scored)[2] if len(scored) == len(results) else None
    return Candidate(results, judged, top1)


def _slowness(judged: Judged) -> tuple[bool, float]:
    return judged.judgement is Judgement.UNKNOWN, judged.p90_ns or 0.0


def _best(within: Sequence[Candidate]) -> Candidate | None:
    """Return the fastest of those that are as accurate as the most accurate."""
    shares = [c.share for c in within if c.share is not None]
    if shares:
        enough = max(shares) - SAME_ACCURACY
        within = [c for c in within if c.share is not None and c.share >= enough]
    return min(within, key=lambda c: c.judged.p90_ns or 0.0, default=None)


def _why_none(
    rows: Sequence[ResultRow], candidates: Sequence[Candidate], whole: Sequence[Candidate]
) -> str:
    if not rows:
        return "No variant of this size was measured."
    if not candidates:
        return "No variant of this size has outputs that can be trusted."
    if not whole:
        return "No variant of this size was measured on every device of the class."
    fastest = min(whole, key=lambda c: _slowness(c.judged))
    return f"No variant of this size is within the budget; the fastest: {fastest.judged.text}"
