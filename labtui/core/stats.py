"""Summaries of samples. The launch is the statistical unit: samples are never pooled."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaunchSummary:
    """What is left of the measured samples of one launch when only numbers may remain; in ns."""

    count: int
    mean_ns: float
    sd_ns: float
    min_ns: int
    p50_ns: float
    p90_ns: float
    p99_ns: float
    max_ns: int
    tail_p90_ns: float | None = None
    """p90 of the last third of the measured time, when a device is at its warmest; None = it was
    not computed."""


def percentile(ordered: Sequence[int], share: float) -> float:
    """Return a percentile of an ascending, non-empty sequence by linear interpolation.

    Hyndman & Fan (1996), type 7: what numpy, R and spreadsheets do by default.
    """
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def summarise(durations_ns: Sequence[int]) -> LaunchSummary | None:
    """Return the summary of one launch's measured durations, or None when there are none.

    The durations are in the order in which they were measured.
    """
    if not durations_ns:
        return None
    ordered = sorted(durations_ns)
    mean_ns = statistics.fmean(ordered)
    return LaunchSummary(
        count=len(ordered),
        mean_ns=mean_ns,
        sd_ns=statistics.stdev(map(float, ordered), mean_ns) if len(ordered) > 1 else 0.0,
        min_ns=ordered[0],
        p50_ns=percentile(ordered, 0.50),
        p90_ns=percentile(ordered, 0.90),
        p99_ns=percentile(ordered, 0.99),
        max_ns=ordered[-1],
        tail_p90_ns=percentile(sorted(_tail(durations_ns)), 0.90),
    )


def _tail(durations_ns: Sequence[int]) -> Sequence[int]:
    """Return what lies in the last third of the time that all took together; at least the last."""
    room_ns = sum(durations_ns) / 3
    count = 0
    for duration_ns in reversed(durations_ns):
        room_ns -= duration_ns
        if room_ns < 0:
            break
        count += 1
    return durations_ns[-max(1, count) :]
