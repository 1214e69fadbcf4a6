"""What a device sustains once it is warm, of the launches of one variant."""

import statistics
from collections.abc import Sequence

from labtui.core.stats import LaunchSummary

LEAST_NS = 90e9
"""With less measured time nothing is known: phones heat up with time constants of 70 to 160 s."""


def sustained_p90_ns(summaries: Sequence[LaunchSummary]) -> float | None:
    """Return the p90 of the last third of the measured time; None when that was too short.

    Launches are laid end to end: the median of the p90s of those that begin in the last third, or
    else the p90 of the last third of the last one. The history's view `result` does the same.
    """
    busy_ns = [summary.count * summary.mean_ns for summary in summaries]
    total_ns = sum(busy_ns)
    if total_ns < LEAST_NS:
        return None
    late: list[float] = []
    begin_ns = 0.0
    for summary, own_ns in zip(summaries, busy_ns, strict=True):
        if begin_ns >= total_ns * 2 / 3:
            late.append(summary.p90_ns)
        begin_ns += own_ns
    return statistics.median(late) if late else summaries[-1].tail_p90_ns
