"""What the runner sees of its device, about once a second."""

from collections.abc import Callable

from labtui.core.protocol import RunnerReading
from labtui.core.readings import ClusterClock
from labtui.hostrunner.clocks import mono_ns
from labtui.hostrunner.sysfs import resident_bytes

READING_NS = 1_000_000_000

ReadClocks = Callable[[], tuple[ClusterClock, ...]]


class Readings:
    """Sends a reading when one is due; called between timed inferences only."""

    def __init__(self, send: Callable[[RunnerReading], None], read_clocks: ReadClocks) -> None:
        self._send = send
        self._read_clocks = read_clocks
        self._next_ns = 0

    def tick(self) -> None:
        """Send a reading if the last one is a second old. Raises what `send` raises."""
        now_ns = mono_ns()
        if now_ns >= self._next_ns:
            self._send(RunnerReading(now_ns, resident_bytes(), self._read_clocks()))
            self._next_ns = now_ns + READING_NS
