"""When a device has measured enough: after all launches, or once the variants are told apart.

Who looks at the verdict again and again, and stops at the first that pleases, finds differences
that are not there. So there are few looks, planned before the first launch, and all but the last
one ask for an interval of 99.5 % instead of 95 % (Haybittle, 1971, British Journal of Radiology
44:793-797; Peto et al., 1976, British Journal of Cancer 34:585-612).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from labtui.core.compare.pairs import Observation, pair_up
from labtui.core.compare.signed_rank import hodges_lehmann
from labtui.core.compare.verdict import DEFAULT_MARGIN, Verdict, judge

EARLY_CONFIDENCE = 0.995
MIN_ROUNDS = 10
"""Before the first look: fewer than 9 pairs have no interval of 99.5 % with ends."""
_EARLY_LOOKS = 4
_BLOCK_ROUNDS = 2


class Until(StrEnum):
    """What ends the launches that measure."""

    FIXED = "fixed"
    """All are done, as many as the preset has."""
    DECIDED = "decided"
    """Every variant is told from the baseline, or known to be the same; the preset's at most."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When enough has been measured; evaluations still follow."""

    until: Until = Until.FIXED
    margin: float = DEFAULT_MARGIN
    """Durations within 1 ± this of the baseline's count as the same."""
    max_s: float | None = None
    """No block begins on a device that has measured for this long."""


def looks(rounds: int) -> tuple[int, ...]:
    """Return after how many rounds a device looks whether it may stop before it had them all."""
    step = (rounds - MIN_ROUNDS) / _EARLY_LOOKS
    planned = (MIN_ROUNDS + int(step * number) for number in range(_EARLY_LOOKS))
    whole_blocks = dict.fromkeys(number - number % _BLOCK_ROUNDS for number in planned)
    return tuple(number for number in whole_blocks if MIN_ROUNDS <= number < rounds)


def is_decided(launches: Sequence[Observation], variants: Sequence[int], margin: float) -> bool:
    """Return whether an early look tells each variant from the first one, or finds it the same."""
    baseline, *others = variants
    return bool(others) and all(_is_told(launches, baseline, one, margin) for one in others)


def _is_told(launches: Sequence[Observation], baseline: int, other: int, margin: float) -> bool:
    differences = pair_up(launches, baseline, other).log_ratios
    if not differences:
        return False
    estimate = hodges_lehmann(differences, EARLY_CONFIDENCE)
    return judge(estimate, margin) is not Verdict.CANNOT_TELL
