"""The phone's clocks are the host's: a runner's times and the phone's readings share one base."""

import time
from datetime import UTC, datetime

# macOS has no CLOCK_BOOTTIME; its CLOCK_MONOTONIC goes on while it sleeps.
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time_ns() -> int:
    """Return the time since boot, sleep included."""
    return time.clock_gettime_ns(_BOOT_CLOCK)


def now_utc() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


class Deadline:
    """A point in time that loops run up to."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end_s
