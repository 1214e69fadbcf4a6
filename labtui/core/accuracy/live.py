"""How accuracies are written, live and at the end."""

from labtui.core.accuracy.intervals import Interval
from labtui.core.accuracy.score import Tally


def percent(share: float) -> str:
    """Return a share of 1 in % with one decimal and no unit."""
    return f"{100 * share:.1f}"


def interval_text(interval: Interval) -> str:
    """Return an interval of shares as `[91.4, 94.5]`, in %."""
    return f"[{percent(interval.low)}, {percent(interval.high)}]"


def tally_text(tally: Tally) -> str:
    """Return a running top-1 accuracy with its 95 % interval: `93.1 % [91.4, 94.5] of 812`."""
    if not tally.items:
        return "-"
    return f"{percent(tally.share)} % {interval_text(tally.interval())} of {tally.items:,}"
