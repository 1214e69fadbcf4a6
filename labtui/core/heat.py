"""What heat does to a variant over the minutes of a long run, and to the order of several."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from labtui.core.readings import ThermalStatus

SLOW = 1.10
"""A minute whose median is above this many times the first minute's is a slow one."""
_SUSTAINED_MINUTES = 10
"""A phone that swings between two clocks has to be looked at for longer than its last minute."""
MILESTONES = (1, 5, 30)
"""Minutes at which variants are ranked."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a run."""

    number: int
    """From 1."""
    p50_ns: float
    temp_c: float | None = None
    """The last one read in it."""
    status: ThermalStatus | None = None
    """The worst one read in it; None = the platform does not tell."""


@dataclass(frozen=True, slots=True)
class DriftCurve:
    """A variant's minutes in order; never empty."""

    minutes: tuple[Minute, ...]

    def ratio(self, number: int) -> float | None:
        """Return a minute's median over the first one's; None where nothing was measured."""
        found = next((m for m in self.minutes if m.number == number), None)
        return None if found is None else found.p50_ns / self.minutes[0].p50_ns

    @property
    def last_ratio(self) -> float:
        """The last minute over the first."""
        return self.minutes[-1].p50_ns / self.minutes[0].p50_ns

    @property
    def sustained_ratio(self) -> float:
        """The median of the last ten minutes (shorter run: its last third) over the first."""
        count = min(_SUSTAINED_MINUTES, math.ceil(len(self.minutes) / 3))
        return median(m.p50_ns for m in self.minutes[-count:]) / self.minutes[0].p50_ns

    @property
    def first_slow_minute(self) -> int | None:
        """When latency itself first says that the device throttles."""
        limit_ns = SLOW * self.minutes[0].p50_ns
        return next((m.number for m in self.minutes if m.p50_ns > limit_ns), None)

    @property
    def first_hot_minute(self) -> int | None:
        """When the platform first said that it throttles; None also where it says nothing."""
        hot = (m.number for m in self.minutes if m.status not in (None, ThermalStatus.NONE))
        return next(hot, None)

    @property
    def per_degree(self) -> float | None:
        """How much the latency grows per °C, as a share of the first minute's.

        The median of the slopes between all pairs of minutes (Theil, 1950; Sen, 1968); None where
        the temperature did not move by 1 °C.
        """
        known = [(m.temp_c, m.p50_ns) for m in self.minutes if m.temp_c is not None]
        slopes = [
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for i, earlier in enumerate(known)
            for later in known[i + 1 :]
            if abs(later[0] - earlier[0]) >= 1.0
        ]
        return median(slopes) / self.minutes[0].p50_ns if slopes else None


@dataclass(frozen=True, slots=True)
class Flip:
    """Where the fastest variant is another one than before."""

    minute: int
    before: str
    after: str


def rankings(curves: Mapping[str, DriftCurve]) -> dict[int, tuple[str, ...]]:
    """Return the variants, fastest first, at each milestone that all of them reached."""
    tables = ((number, _at(curves, number)) for number in MILESTONES)
    return {
        number: tuple(sorted(found, key=found.__getitem__))
        for number, found in tables
        if len(found) == len(curves)
    }


def flips(curves: Mapping[str, DriftCurve], margin: float = 0.02) -> tuple[Flip, ...]:
    """Return where the lead changes hands: a variant may win only while the device is cold.

    Only one that is faster by more than `margin` takes it over.
    """
    found: list[Flip] = []
    leader = ""
    last = min((curve.minutes[-1].number for curve in curves.values()), default=0)
    for number in range(1, last + 1):
        times = _at(curves, number)
        if len(times) < len(curves):
            continue
        fastest = min(times, key=times.__getitem__)
        if leader and times[fastest] < (1 - margin) * times[leader]:
            found.append(Flip(number, leader, fastest))
            leader = fastest
        leader = leader or fastest
    return tuple(found)


def _at(curves: Mapping[str, DriftCurve], number: int) -> dict[str, float]:
    return {
        name: minute.p50_ns
        for name, curve in curves.items()
        for minute in curve.minutes
        if minute.number == number
    }
