"""Verdicts of a session -> rows: variants x devices, all bars on one axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from labtui.core import accuracy
from labtui.core.compare.evidence import VariantKey
from labtui.core.compare.standing import Stat
from labtui.core.compare.table import Row as Verdict
from labtui.core.compare.table import Word
from labtui.core.compare.verdict import DEFAULT_MARGIN, Comparison
from labtui.core.compare.wording import (
    GLYPHS,
    Axis,
    axis_for,
    interval_text,
    percent_text,
    word_text,
)
from labtui.core.text import clean
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.theme import Tone
from labtui.tui.views.placement import ran_on_cell
from labtui.tui.views.results import throttled_cell

TONES = {
    Word.BASELINE: Tone.MUTED,
    Word.FASTER: Tone.GOOD,
    Word.SLOWER: Tone.BAD,
    Word.SAME: Tone.ACCENT,
    Word.CANNOT_TELL: Tone.WARN,
    Word.BROKEN: Tone.BAD,
    Word.NOT_COMPARABLE: Tone.MUTED,
}
_ACCURACY_WORDS = {
    accuracy.Verdict.BETTER: Word.FASTER,
    accuracy.Verdict.WORSE: Word.SLOWER,
    accuracy.Verdict.SAME: Word.SAME,
    accuracy.Verdict.CANNOT_TELL: Word.CANNOT_TELL,
}
"""Which word an accuracy has glyph and colour in common with."""
_ROOM = ((180, 41, 26), (110, 21, 24), (0, 13, 18))
"""(columns of the screen from which on, cells of the bars, most cells of a variant's name)."""
_LEAST_NAME = 7
_AXIS_ENDS = (1.05, 1.1, 1.2, 1.5, 2.0, 4.0)
"""Factors at the right end of the axis: few, so that it stays while intervals shrink."""


@dataclass(frozen=True, slots=True)
class Look:
    """How verdicts are drawn."""

    axis: Axis
    is_only_model: bool
    """All variants are of one model: its name is left out of theirs."""
    name_width: int
    """Cells that names of variants have at least."""
    ascii_only: bool = False

    def name(self, variant: VariantKey) -> str:
        """Return what tells a variant from the others shown."""
        short = variant.name.removeprefix(variant.model).strip() if self.is_only_model else ""
        return clean(short or variant.name, 200)

    def bar(self, comparison: Comparison | None) -> str:
        """Draw an interval; empty where there is none."""
        return "" if comparison is None else self.axis.bar(comparison, ascii_only=self.ascii_only)

    def glyph(self, word: Word) -> str:
        """Return what stands for a verdict."""
        return GLYPHS[word][self.ascii_only]


def look_for(rows: Sequence[Verdict], screen_width: int, *, ascii_only: bool = False) -> Look:
    """Return an axis that all bars fit on, and the bars the screen."""
    bar, name = next((bar, name) for least, bar, name in _ROOM if screen_width >= least)
    axis = axis_for((row.believed for row in rows if row.believed), DEFAULT_MARGIN, bar)
    reach = next((math.log(end) for end in _AXIS_ENDS if math.log(end) >= axis.reach), axis.reach)
    variants = {row.evidence.variant for row in rows}
    is_only_model = len({variant.model for variant in variants}) == 1
    look = Look(replace(axis, reach=reach), is_only_model, _LEAST_NAME, ascii_only)
    longest = max((len(look.name(variant)) for variant in variants), default=0)
    return replace(look, name_width=max(_LEAST_NAME, min(longest, name)))


def compare_columns(look: Look) -> tuple[Column, ...]:
    """Return the columns of the table."""
    axis = look.axis
    return (
        Column("device", 11, 26, can_shrink=True),
        Column("variant", look.name_width, 34, can_shrink=True),
        Column("verdict", 10, 24),
        Column("time %", 6, 8, is_right=True),
        Column(axis.ends, axis.width, axis.width, rank=1, is_drawing=True),
        Column("p90 %", 6, 9, is_right=True, rank=2),
        Column("top-1 pt", 6, 9, is_right=True, rank=2),
        Column("p50 ms", 6, 8, is_right=True, rank=3),
        Column("95 %", 12, 16, is_right=True, rank=4),
        Column("ran on", 6, 12, rank=3),
        Column("drift %", 7, 8, is_right=True, rank=4),
        Column("pairs", 5, 6, is_right=True, rank=5),
        Column("kind", 4, 7, rank=4),
        Column("throttle", 5, 8, rank=6),
        Column("p90 ms", 6, 8, is_right=True, rank=6),
        Column("size", 6, 8, is_right=True, rank=6),
        Column("note", 4, 80, rank=7, can_shrink=True),
    )


class Drawing:
    """Rows of the table, one per device and variant; what did not change is not drawn again."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._drawn: dict[str, tuple[Verdict, Row]] = {}

    def rows(self, verdicts: Sequence[Verdict], look: Look) -> list[Row]:
        """Draw verdicts; a broken variant is red, and never the faster."""
        before = self._drawn if self._look == look else {}
        self._look, self._drawn = look, {}
        for verdict in verdicts:
            key = verdict_key(verdict)
            known, row = before.get(key, (None, None))
            if row is None or known is not verdict:
                row = _row(verdict, key, look)
            self._drawn[key] = (verdict, row)
        return [row for _, row in self._drawn.values()]


def verdict_key(row: Verdict) -> str:
    """Return what tells a row from all others of its session."""
    own = row.evidence
    return f"{own.device} {own.variant.digest} {own.variant.name}"


def _row(row: Verdict, key: str, look: Look) -> Row:
    own = row.evidence
    cells = [*_verdict_cells(row, look), *_condition_cells(row)]
    if row.word is Word.BROKEN:
        cells = [Cell(shown.text, Tone.BAD) for shown in cells]
    words = (("variant", (own.variant.name,)), ("model", (own.variant.model,)))
    return Row(key, tuple(cells), words=words)


def _verdict_cells(row: Verdict, look: Look) -> list[Cell]:
    own, found, tone = row.evidence, row.believed, TONES[row.word]
    return [
        cell(own.device_name, Tone.STRONG),
        Cell(look.name(own.variant)),
        Cell(word_text(row, ascii_only=look.ascii_only), tone),
        Cell(_told(found, lambda one: percent_text(one.ratio)), Tone.STRONG),
        Cell(look.bar(found), tone),
        p90_cell(row, look),
        accuracy_cell(row, look),
        Cell(units.latency_ms(own.median_ns(Stat.P50))),
        Cell(_told(found, _ends)),
    ]


def _condition_cells(row: Verdict) -> list[Cell]:
    own, found = row.evidence, row.believed
    drift = own.drift_ratio
    return [
        ran_on_cell(own.variant.accelerator, own.coverage) if own.counted else Cell(""),
        Cell(units.NOTHING if drift is None else percent_text(drift)),
        Cell(_told(found, lambda one: str(one.pairs))),
        Cell("virtual", Tone.VIRTUAL) if own.is_virtual else Cell("real", Tone.MUTED),
        throttled_cell(own.was_throttled),
        Cell(units.latency_ms(own.median_ns(Stat.P90))),
        Cell(units.size(own.size_bytes)),
        cell("; ".join(chain(row.refusals, row.notes)), Tone.WARN, 400),
    ]


def _told(comparison: Comparison | None, text: Callable[[Comparison], str]) -> str:
    is_known = comparison is not None and comparison.ratio is not None
    return text(comparison) if comparison and is_known else units.NOTHING


def _ends(comparison: Comparison) -> str:
    return interval_text(comparison) if math.isfinite(comparison.high) else units.NOTHING


def p90_cell(row: Verdict, look: Look) -> Cell:
    """Return how the slow inferences compare: `-4.1 ▲`."""
    if row.believed is None or row.standing is None or row.standing.p90.ratio is None:
        return Cell(units.NOTHING, Tone.MUTED)
    word = Word(row.standing.p90.verdict.value)
    return Cell(f"{percent_text(row.standing.p90.ratio)} {look.glyph(word)}", TONES[word])


def accuracy_cell(row: Verdict, look: Look) -> Cell:
    """Return the difference of accuracies in points: `-0.4 ▼`."""
    if row.accuracy is None:
        return Cell(units.NOTHING, Tone.MUTED)
    word = _ACCURACY_WORDS[row.accuracy.verdict]
    points = 100 * row.accuracy.comparison.difference
    return Cell(f"{points:+.1f} {look.glyph(word)}", TONES[word])
