"""Latency bins -> cells: a mean line, and one dot for the worst outlier of each column."""

from labtui.plot.bins import Bin, Bins
from labtui.plot.glyphs import Glyphs
from labtui.plot.line import BLANK, Ink, Pen
from labtui.plot.scale import YScale, robust_range, with_limit

OUTLIER_RATIO = 1.15
"""A peak this much above its column's mean gets a dot of its own."""
_REACH = 200
"""Widest gap, in columns, that the line bridges inside one launch."""

Cell = tuple[str, Pen]
EMPTY: Cell = (" ", BLANK)


class Raster:
    """Cells of the plot area by absolute column; a column is drawn again only when it changed."""

    def __init__(
        self,
        bins: Bins,
        glyphs: Glyphs,
        rows: int,
        bins_per_dot: int,
        limit: float | None = None,
    ) -> None:
        self._bins = bins
        self._glyphs = glyphs
        self._rows = rows
        self._dot_rows = rows * glyphs.dots_y
        self._per_dot = bins_per_dot
        self._limit = limit
        self._dots: dict[int, Bin | None] = {}
        self._drawn: dict[int, tuple[Cell, ...]] = {}
        self.scale = YScale()

    @property
    def cell_s(self) -> float:
        """Time that one cell is wide, in s."""
        return self._bins.width_s * self._per_dot * self._glyphs.dots_x

    def forget_from(self, fine_index: int) -> None:
        """Draw again what shows a bin from `fine_index` on, and the line that leads to it."""
        dot = fine_index // self._per_dot
        for stale in [d for d in self._dots if d >= dot]:
            del self._dots[stale]
        previous = self._previous(dot)
        cell = (dot if previous is None else previous + 1) // self._glyphs.dots_x
        for stale in [c for c in self._drawn if c >= cell]:
            del self._drawn[stale]

    def fit(self, first: int, last: int) -> None:
        """Adapt the y axis to the cells `first` to `last` (absolute columns)."""
        wide = self._glyphs.dots_x
        dots = range(first * wide, (last + 1) * wide)
        shown = [found for dot in dots if (found := self._dot(dot)) is not None]
        if shown:
            low, high = robust_range([b.mean for b in shown], [b.peak for b in shown])
            if self._limit is not None:
                low, high = with_limit(low, high, self._limit)
            if self.scale.fit(low, high, max(3, self._rows // 3)):
                self._drawn.clear()
        for stale in [d for d in self._dots if d < dots.start - 4 * len(dots)]:
            del self._dots[stale]

    def column(self, cell: int) -> tuple[Cell, ...]:
        """Return the cells of one absolute column, top first."""
        drawn = self._drawn.get(cell)
        if drawn is None:
            if len(self._drawn) > 4096:
                self._drawn.clear()
            drawn = self._drawn[cell] = self._draw(cell)
        return drawn

    def bin(self, cell: int) -> Bin | None:
        """Return the samples of one absolute column; None if there are none."""
        wide = self._per_dot * self._glyphs.dots_x
        return self._bins.merged(cell * wide, wide)

    def last_row(self) -> tuple[int, Bin] | None:
        """Return the cell row of the newest value with its bin; None while there is none."""
        if self._bins.newest is None:
            return None
        newest = self._dot(self._bins.newest // self._per_dot)
        if newest is None:
            return None
        row = max(0, self.scale.row(newest.mean, self._dot_rows))
        return row // self._glyphs.dots_y, newest

    def limit_row(self) -> int | None:
        """Return the cell row of the limit; None where it is not in sight."""
        if self._limit is None or not self.scale.low <= self._limit <= self.scale.high:
            return None
        row = self.scale.row(self._limit, self._dot_rows)
        return row // self._glyphs.dots_y

    def tick_rows(self) -> dict[int, str]:
        """Return the labels of the y axis by cell row."""
        scale = self.scale
        return {
            scale.row(tick, self._dot_rows) // self._glyphs.dots_y: scale.label(tick)
            for tick in scale.ticks()
        }

    def _dot(self, dot: int) -> Bin | None:
        if dot not in self._dots:
            self._dots[dot] = self._bins.merged(dot * self._per_dot, self._per_dot)
        return self._dots[dot]

    def _previous(self, dot: int) -> int | None:
        """Return the last column before `dot` that has samples, if it is near."""
        oldest = self._bins.oldest
        end = dot if oldest is None else max(dot - _REACH, oldest // self._per_dot - 1)
        return next((d for d in range(dot - 1, end, -1) if self._dot(d) is not None), None)

    def _next(self, dot: int) -> int | None:
        """Return the first column after `dot` that has samples, if it is near."""
        newest = self._bins.newest
        end = dot if newest is None else min(dot + _REACH, newest // self._per_dot + 1)
        return next((d for d in range(dot + 1, end) if self._dot(d) is not None), None)

    def _draw(self, cell: int) -> tuple[Cell, ...]:
        wide = self._glyphs.dots_x
        dots = range(cell * wide, (cell + 1) * wide)
        owners = [owner for dot in dots if (owner := self._owner(dot)) is not None]
        if not owners:
            return (EMPTY,) * self._rows
        owner = max(owners, key=lambda bin_: bin_.stroke)
        line, outliers = [0] * self._rows, [0] * self._rows
        is_clipped = False
        for x, dot in enumerate(dots):
            is_clipped |= self._draw_dot(dot, x, owner, line, outliers)
        return tuple(
            self._cell(line[row], outliers[row], owner.tone, is_clipped and row == 0)
            for row in range(self._rows)
        )

    def _cell(self, line: int, outlier: int, tone: int, is_clipped: bool) -> Cell:
        if is_clipped:
            return (self._glyphs.clipped, Pen(Ink.CLIPPED, tone))
        if not line and not outlier:
            return EMPTY
        ink = Ink.LINE if line else Ink.OUTLIER
        return (self._glyphs.cells[line | outlier], Pen(ink, tone))

    def _draw_dot(self, dot: int, x: int, owner: Bin, line: list[int], outliers: list[int]) -> bool:
        """Set the dots of one dot column; return whether something lies above the axis."""
        row = self._line_row(dot, owner)
        if row is None:
            return False
        before = self._line_row(dot - 1, owner)
        self._set_run(line, x, row, row if before is None else before)
        found = self._dot(dot)
        if found is None or found.stroke != owner.stroke:
            return row < 0
        if found.peak > OUTLIER_RATIO * found.mean:
            peak_row = self.scale.row(found.peak, self._dot_rows)
            self._set(outliers, x, peak_row)
            return peak_row < 0
        return row < 0

    def _set_run(self, cells: list[int], x: int, row: int, before: int) -> None:
        """Set `row` and the dots that lead to it from the row before."""
        step = 1 if row < before else -1
        for y in range(row, before, step) if row != before else (row,):
            self._set(cells, x, y)

    def _set(self, cells: list[int], x: int, row: int) -> None:
        if row >= 0:
            high, y = divmod(row, self._glyphs.dots_y)
            cells[high] |= 1 << (y * self._glyphs.dots_x + x)

    def _owner(self, dot: int) -> Bin | None:
        """Return the bin whose line passes this dot column."""
        found = self._dot(dot)
        if found is not None:
            return found
        ends = self._ends(dot)
        return ends[0][1] if ends else None

    def _ends(self, dot: int) -> tuple[tuple[int, Bin], tuple[int, Bin]] | None:
        """Return the samples left and right of a gap inside one stroke."""
        after = self._next(dot)
        before = None if after is None else self._previous(dot)
        if before is None or after is None:
            return None
        left, right = self._dot(before), self._dot(after)
        if left is None or right is None:
            return None
        return ((before, left), (after, right)) if left.stroke == right.stroke else None

    def _line_row(self, dot: int, owner: Bin) -> int | None:
        """Return the dot row of the line of one stroke, interpolated in its gaps."""
        found = self._dot(dot)
        if found is not None:
            is_owned = found.stroke == owner.stroke
            return self.scale.row(found.mean, self._dot_rows) if is_owned else None
        ends = self._ends(dot)
        if ends is None or ends[0][1].stroke != owner.stroke:
            return None
        (start, left), (end, right) = ends
        share = (dot - start) / (end - start)
        return self.scale.row(left.mean + share * (right.mean - left.mean), self._dot_rows)
