"""What one device did over time: latency bins, heat readings and launch marks."""

from collections import deque
from typing import NamedTuple

from labtui.plot.bins import Bins

KEEP_S = 600.0
"""Longest time window."""
BIN_S = 0.05
"""Finest time step."""


class Heat(NamedTuple):
    """One temperature reading."""

    t_s: float
    temp_c: float | None
    is_throttled: bool


class Mark(NamedTuple):
    """The start of a launch."""

    t_s: float
    label: str
    tone: int


class Trace:
    """The data of one plot; times in s on one clock, values in the unit of the y axis."""

    def __init__(self) -> None:
        self.bins = Bins(BIN_S, KEEP_S)
        self.heat: deque[Heat] = deque(maxlen=round(KEEP_S) * 2)
        self.marks: deque[Mark] = deque(maxlen=500)
        self.last_s: float | None = None
        """Time of the latest thing that happened."""
        self.version = 0
        """Grows with each change, so that an idle plot costs nothing."""
        self._changed_from: int | None = None

    def start_stroke(self, t_s: float, label: str, tone: int) -> None:
        """Mark the start of a launch."""
        self.marks.append(Mark(t_s, label, tone))
        self._touch(t_s)

    def add(self, t_s: float, value: float, stroke: int, tone: int) -> None:
        """Take one sample of a launch."""
        index = self.bins.add(t_s, value, stroke, tone)
        if self._changed_from is None or index < self._changed_from:
            self._changed_from = index
        self._touch(t_s)

    def add_heat(self, t_s: float, temp_c: float | None, is_throttled: bool) -> None:
        """Take one temperature reading, in °C."""
        self.heat.append(Heat(t_s, temp_c, is_throttled))
        self._touch(t_s)

    def take_change(self) -> int | None:
        """Return the first bin that changed since the last call; a trace has one reader."""
        changed, self._changed_from = self._changed_from, None
        return changed

    def _touch(self, t_s: float) -> None:
        self.version += 1
        if self.last_s is None or t_s > self.last_s:
            self.last_s = t_s
