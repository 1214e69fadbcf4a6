"""How a comparison is written: glyph, word, both forms of a ratio, interval bar."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from labtui.core.compare.standing import Standing
from labtui.core.compare.table import Row, Word
from labtui.core.compare.verdict import Comparison

GLYPHS = {
    Word.BASELINE: ("·", "."),
    Word.FASTER: ("▲", "+"),
    Word.SLOWER: ("▼", "-"),
    Word.SAME: ("=", "="),
    Word.CANNOT_TELL: ("?", "?"),
    Word.BROKEN: ("✗", "x"),
    Word.NOT_COMPARABLE: ("≠", "!"),
}
"""For terminals that know them, and for those that do not."""
_MOST_REACH = math.log(4)


def word_text(row: Row, *, ascii_only: bool = False) -> str:
    """Return the verdict with its glyph: `▲ faster`, `? cannot tell: 6 more`."""
    glyph = GLYPHS[row.word][ascii_only]
    more = row.standing.more_launches if row.standing else None
    is_open = row.word is Word.CANNOT_TELL and more is not None
    return f"{glyph} {row.word.value}" + (f": {more:,} more" if is_open else "")


def both_forms(ratio: float, low: float = math.nan, high: float = math.nan) -> str:
    """Return a ratio of durations as time and as speed, which are not the same number.

    `4.1 % less time [3.2, 5.0] = 4.3 % more speed [3.3, 5.3]`; without an interval that has ends,
    only the two numbers.
    """
    time, speed = ("more", "less") if ratio > 1 else ("less", "more")
    slower = 1 if ratio > 1 else -1
    by_time = _form(slower, ratio, low, high)
    by_speed = _form(-slower, *(1 / r if r else math.inf for r in (ratio, high, low)))
    return f"{by_time[0]} % {time} time{by_time[1]} = {by_speed[0]} % {speed} speed{by_speed[1]}"


def _form(sign: int, ratio: float, low: float, high: float) -> tuple[str, str]:
    """Return a difference in % of 1, counted in the direction of `sign`, and its interval."""
    centre, *ends = (100 * sign * (value - 1) for value in (ratio, low, high))
    has_ends = all(map(math.isfinite, ends))
    return f"{centre:.1f}", " [{:.1f}, {:.1f}]".format(*sorted(ends)) if has_ends else ""


def percent_text(ratio: float | None) -> str:
    """Return how much more time, in %: `-4.1`."""
    return "-" if ratio is None else f"{100 * (ratio - 1):+.1f}"


def interval_text(comparison: Comparison) -> str:
    """Return the interval in % more time, `[-5.0, -3.2]`; a dash where it has no ends."""
    if not math.isfinite(comparison.high):
        return "-"
    return f"[{percent_text(comparison.low)}, {percent_text(comparison.high)}]"


def sentence(row: Row, margin: float) -> str:
    """Return the verdict of a row in words, with what it rests on; empty for a baseline."""
    name = row.evidence.variant.name
    if row.is_baseline:
        return ""
    if row.word is Word.BROKEN:
        return f"{name}: its outputs are broken, so how fast they come does not count."
    if row.word is Word.NOT_COMPARABLE or row.standing is None or row.baseline is None:
        return f"{name}: not comparable. {_joined(row.refusals)}"
    return f"{name} {_claim(row, row.standing, row.baseline.variant.name, margin)}."


def _joined(reasons: Iterable[str]) -> str:
    return " ".join(f"{reason[:1].upper()}{reason[1:]}." for reason in reasons)


def _claim(row: Row, standing: Standing, baseline: str, margin: float) -> str:
    judged = standing.judged
    if judged.ratio is None:
        return f"against {baseline}: cannot tell: no pair of launches, {_more(standing)}"
    pairs = "1 pair" if judged.pairs == 1 else f"{judged.pairs} pairs"
    found = f"{both_forms(judged.ratio, judged.low, judged.high)}, {pairs}"
    word = {
        Word.SAME: f"takes the same time as {baseline} within {100 * margin:g} %",
        Word.CANNOT_TELL: f"against {baseline}: cannot tell: {_more(standing)}",
    }.get(row.word, f"is {row.word.value} than {baseline}")
    return f"{word}: {found}"


def _more(standing: Standing) -> str:
    count = standing.more_launches or 0
    return f"{count:,} more {'launch' if count == 1 else 'launches'} of each"


@dataclass(frozen=True, slots=True)
class Axis:
    """One scale for the bars of several rows: logarithmic, with 1 in the middle."""

    reach: float
    """ln of the ratio at either end."""
    margin: float
    width: int
    """In cells; odd, so that there is a middle."""

    @property
    def ends(self) -> str:
        """What its ends stand for: a factor and its inverse lie as far from 1."""
        low, high = math.exp(-self.reach), math.exp(self.reach)
        return f"{100 * (low - 1):+.0f} to {100 * (high - 1):+.0f} %"

    def bar(self, comparison: Comparison, *, ascii_only: bool = False) -> str:
        """Draw an interval: `·  ┊ ──●─┊ │  ┊   ·`; empty without a ratio."""
        if comparison.ratio is None:
            return ""
        marks = _ASCII if ascii_only else _MARKS
        cells = self._ground(marks)
        low, high = _log(comparison.low), _log(comparison.high)
        for cell in range(self._cell(low), self._cell(high) + 1):
            cells[cell] = marks.line
        cells[self._cell(_log(comparison.ratio))] = marks.centre
        if low < -self.reach:
            cells[0] = marks.beyond_low
        if high > self.reach:
            cells[-1] = marks.beyond_high
        return "".join(cells)

    def _ground(self, marks: "_Marks") -> list[str]:
        cells = [" "] * self.width
        for border in (math.log1p(-self.margin), math.log1p(self.margin)):
            cells[self._cell(border)] = marks.margin
        cells[0] = cells[-1] = marks.end
        cells[self.width // 2] = marks.one
        return cells

    def _cell(self, log_ratio: float) -> int:
        share = max(-1.0, min(1.0, log_ratio / self.reach))
        return round((self.width - 1) * (share + 1) / 2)


@dataclass(frozen=True, slots=True)
class _Marks:
    line: str
    centre: str
    margin: str
    one: str
    end: str
    beyond_low: str
    beyond_high: str


_MARKS = _Marks("─", "●", "┊", "│", "·", "◀", "▶")
_ASCII = _Marks("-", "o", ":", "|", ".", "<", ">")


def _log(ratio: float) -> float:
    if ratio <= 0:
        return -math.inf
    return math.log(ratio) if math.isfinite(ratio) else math.inf


def axis_for(comparisons: Iterable[Comparison], margin: float, width: int) -> Axis:
    """Return an axis that shows all intervals that end, and the margin; up to a factor of 4."""
    ends = [abs(_log(end)) for found in comparisons for end in (found.low, found.high)]
    widest = max((end for end in ends if math.isfinite(end)), default=0.0)
    reach = max(min(widest, _MOST_REACH), 2 * math.log1p(margin))
    return Axis(reach, margin, width - 1 + width % 2)
