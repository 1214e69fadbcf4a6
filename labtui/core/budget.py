"""Is a result fast enough? Judged by what the slowest tenth takes once the device is warm."""

import math
from dataclasses import dataclass
from enum import StrEnum

from labtui.core.history import Numerics, ResultRow
from labtui.errors import UsageError


class Basis(StrEnum):
    """Which latency is held against the budget."""

    SUSTAINED = "sustained"
    """p90 of the last third of the measured time, of at least 90 s: phones heat up with time
    constants of 70 to 160 s. Launches are laid end to end; the median of the p90s of those that
    begin in the last third, or else the p90 of the last third of the last one."""
    WHOLE = "whole"
    """p90 of everything: what was measured is too short to tell what the device sustains, or was
    stored by too old a version."""
    NONE = "none"
    """There is no p90: nothing was measured, or a program told only totals."""


class Judgement(StrEnum):
    """How a result stands to a budget."""

    WITHIN = "within"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Budget:
    """How long an inference may take."""

    limit_ns: float

    def __post_init__(self) -> None:
        """Raise UsageError for a limit that nothing could be held against."""
        if not (math.isfinite(self.limit_ns) and self.limit_ns > 0):
            raise UsageError("A budget is a time above 0: give milliseconds or frames per second.")

    @property
    def limit_ms(self) -> float:
        """The limit in ms."""
        return self.limit_ns / 1e6


def budget(ms: float | None = None, fps: float | None = None) -> Budget | None:
    """Return the budget of `--budget-ms` or `--fps`; None when neither is given.

    Raises UsageError for both at once, and for what is no positive number.
    """
    if ms is not None and fps is not None:
        raise UsageError("Give a budget in ms or in frames per second, not both.")
    if ms is not None:
        return Budget(ms * 1e6)
    if fps is not None:
        return Budget(1e9 / fps if fps > 0 else math.nan)
    return None


@dataclass(frozen=True, slots=True)
class Judged:
    """A result held against a budget."""

    judgement: Judgement
    basis: Basis
    p90_ns: float | None
    text: str
    """One sentence with the numbers."""


def judge(result: ResultRow, limit: Budget) -> Judged:
    """Hold a result's sustained p90 against a budget, or else the p90 that there is.

    A latency of broken outputs is that of something else: it is neither within nor over.
    """
    basis, p90_ns = _latency(result)
    if result.numerics is Numerics.BROKEN:
        text = "Its outputs are broken: how fast they come does not count."
        return Judged(Judgement.UNKNOWN, basis, p90_ns, text)
    if p90_ns is None:
        text = "There is no p90 to hold against the budget."
        return Judged(Judgement.UNKNOWN, basis, None, text)
    judgement = Judgement.WITHIN if p90_ns <= limit.limit_ns else Judgement.OVER
    return Judged(judgement, basis, p90_ns, _sentence(judgement, basis, p90_ns, limit))


def _latency(result: ResultRow) -> tuple[Basis, float | None]:
    if result.sustained_p90_ns is not None:
        return Basis.SUSTAINED, result.sustained_p90_ns
    return (Basis.NONE if result.p90_ns is None else Basis.WHOLE), result.p90_ns


_MEASURES = {
    Basis.SUSTAINED: "sustained p90",
    Basis.WHOLE: "p90 (whether it is sustained is not known)",
}


def _sentence(judgement: Judgement, basis: Basis, p90_ns: float, limit: Budget) -> str:
    share = p90_ns / limit.limit_ns
    relation = (
        f"is within the budget of {limit.limit_ms:.4g} ms"
        if judgement is Judgement.WITHIN
        else f"is {100 * (share - 1):.1f} % over the budget of {limit.limit_ms:.4g} ms"
    )
    return f"The {_MEASURES[basis]} of {p90_ns / 1e6:.4g} ms {relation}."
