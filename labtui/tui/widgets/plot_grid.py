"""As many plots as there is room for, the selected device's always among them."""

import math
from collections.abc import Sequence

from textual.containers import Container
from textual.geometry import Size

from labtui.plot import Glyphs
from labtui.tui.widgets.live_plot import LivePlot

MOST_PLOTS = 8
_LEAST = Size(56, 10)
"""Smallest readable plot."""


def capacity(size: Size) -> int:
    """Return how many plots fit."""
    columns, rows = max(1, size.width // _LEAST.width), max(1, size.height // _LEAST.height)
    return min(MOST_PLOTS, columns * rows)


def grid_columns(plots: int, size: Size) -> int:
    """Return the columns that give plots of the best shape, about 6 times wider than high."""
    possible = range(1, min(plots, max(1, size.width // _LEAST.width)) + 1)
    return min(possible, key=lambda columns: _badness(plots, columns, size))


def _badness(plots: int, columns: int, size: Size) -> float:
    rows = math.ceil(plots / columns)
    width, height = max(1.0, size.width / columns), max(1.0, size.height / rows)
    waste = columns * rows / plots - 1
    too_low = 10.0 if height < _LEAST.height else 0.0
    return abs(math.log(width / height / 6)) + waste / 2 + too_low


def page(devices: Sequence[str], selected: str, room: int) -> Sequence[str]:
    """Return the page of devices that has the selected one."""
    at = devices.index(selected) if selected in devices else 0
    start = min(at // room * room, max(0, len(devices) - room))
    return devices[start : start + room]


class PlotGrid(Container):
    """A grid of live plots, kept and reused."""

    def __init__(self, glyphs: Glyphs, limit_ms: float | None = None) -> None:
        """Take how plots are drawn, and the budget that is a line across each."""
        super().__init__(id="plots")
        self._glyphs = glyphs
        self._limit_ms = limit_ms

    @property
    def plots(self) -> list[LivePlot]:
        """The plots now shown."""
        return [plot for plot in self.query(LivePlot) if plot.display]

    def use(self, glyphs: Glyphs) -> None:
        """Draw with another marker set."""
        self._glyphs = glyphs
        for plot in self.query(LivePlot):
            plot.use(glyphs)

    def show(self, count: int) -> list[LivePlot]:
        """Make exactly `count` plots visible and return them."""
        pool = list(self.query(LivePlot))
        if count > len(pool):
            fresh = [LivePlot(self._glyphs, self._limit_ms) for _ in range(count - len(pool))]
            self.mount_all(fresh)
            pool += fresh
        for number, plot in enumerate(pool):
            plot.display = number < count
        columns = grid_columns(max(1, count), self.size)
        self.styles.grid_size_columns = columns
        self.styles.grid_size_rows = math.ceil(max(1, count) / columns)
        return pool[:count]
