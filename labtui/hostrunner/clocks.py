"""The two clocks of the protocol, in ns."""

import time
from functools import partial

mono_ns = partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC)
"""Clock of the samples: never set, stands still while the device sleeps."""

boot_ns = partial(time.clock_gettime_ns, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Time since boot, sleep included; the monotonic clock where the system has no other."""
