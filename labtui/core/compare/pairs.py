"""Launches side by side: each is compared with the one of the baseline in the same round.

Launches of one round follow each other within seconds, and rounds run forth and back (ABBA, BAAB),
so what warms, throttles or ages the device falls on both variants alike.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeGuard


@dataclass(frozen=True, slots=True)
class Observation:
    """What one launch says of its variant."""

    variant: int
    block: int
    position: int
    """On its device."""
    value: float | None
    """A duration, e.g. the launch's median; None = it failed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A launch of each variant in one round."""

    log_ratio: float
    """ln(other / baseline): below 0 where the other is faster."""
    is_baseline_first: bool


@dataclass(frozen=True, slots=True)
class Paired:
    """All pairs of two variants, and how many of their launches have no partner."""

    pairs: tuple[Pair, ...]
    unpaired: int

    @property
    def log_ratios(self) -> list[float]:
        """Return what is compared with 0."""
        return [pair.log_ratio for pair in self.pairs]

    @property
    def slot_effect(self) -> float | None:
        """How much longer a launch takes for coming second in its round, as a log ratio.

        None where the baseline was always first, or never.
        """
        sides: dict[bool, list[float]] = {True: [], False: []}
        for pair in self.pairs:
            sides[pair.is_baseline_first].append(pair.log_ratio)
        if not all(sides.values()):
            return None
        return (median(sides[True]) - median(sides[False])) / 2


def pair_up(launches: Iterable[Observation], baseline: int, other: int) -> Paired:
    """Pair the launches of two variants round by round.

    Failed launches belong in `launches`: they tell where rounds begin. What has no partner, or no
    duration above 0, is left out and counted.
    """
    pairs: list[Pair] = []
    unpaired = 0
    for found in _rounds(launches):
        launched = [found[variant] for variant in (baseline, other) if variant in found]
        if len(launched) == 2 and (pair := _pair(*launched)) is not None:
            pairs.append(pair)
        else:
            unpaired += len(launched)
    return Paired(tuple(pairs), unpaired)


def _rounds(launches: Iterable[Observation]) -> list[Mapping[int, Observation]]:
    """Return the launches of each round by variant: one ends where a variant comes again."""
    rounds: list[dict[int, Observation]] = []
    block = None
    for launch in sorted(launches, key=lambda launch: launch.position):
        if not rounds or launch.block != block or launch.variant in rounds[-1]:
            rounds.append({})
        rounds[-1][launch.variant] = launch
        block = launch.block
    return list(rounds)


def _pair(baseline: Observation, other: Observation) -> Pair | None:
    if not _is_duration(baseline.value) or not _is_duration(other.value):
        return None
    log_ratio = math.log(other.value) - math.log(baseline.value)
    return Pair(log_ratio, baseline.position < other.position)


def _is_duration(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value) and value > 0
