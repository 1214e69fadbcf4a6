"""The host's clocks."""

import time


class SystemClock:
    """The clock of everything outside tests."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def unix_us(self) -> int:
        """Return the wall clock in µs since 1970 UTC."""
        return time.time_ns() // 1000
