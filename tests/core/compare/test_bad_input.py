"""What no bench should deliver: a defined verdict, never a crash or a false claim."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labtui.core.compare.evidence import evidence_of
from labtui.core.compare.table import Row, Word, table
from labtui.core.compare.wording import axis_for, both_forms, sentence, word_text
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow
from tests.core.compare.rows import (
    ABBA,
    MS,
    evidence,
    launch,
    launches,
    results_of,
    summary,
)

SAME = launches(ABBA, {"A": 10, "B": 10})
FASTER = launches(ABBA, {"A": 10, "B": 9})


def timed(order: str, times_ms: list[float]) -> list[LaunchRow]:
    return [launch(letter, i, t * MS) for i, (letter, t) in enumerate(zip(order, times_ms))]  # noqa: B905 (the tail is lost on purpose)


def lost_in_mid_block() -> list[LaunchRow]:
    """The phone leaves during its 14th launch: a block with one and a half rounds."""
    return [*FASTER[:13], replace(FASTER[13], outcome=Outcome.FAILED, summary=None)]


def clock_jumped() -> list[LaunchRow]:
    """The host's clock is set back; positions know better."""
    return [replace(row, started_us=-row.started_us) for row in FASTER]


def two_valued() -> list[LaunchRow]:
    """A timer that knows 10 and 11 ms only."""
    return timed(ABBA, [10.0 + (i * 7 % 5 > 2) for i in range(len(ABBA))])


CASES = [
    ("one variant only", launches("AAAA", {"A": 10}), []),
    ("one launch of each", FASTER[:2], [Word.CANNOT_TELL]),
    ("no launch at all came to its end", [launch("A", 0, None), launch("B", 1, None)],
     [Word.CANNOT_TELL]),
    ("unequal launches", timed("ABBA" + "B" * 20, [10.0, 5.0, 5.0, 10.0] + [5.0] * 20),
     [Word.CANNOT_TELL]),
    ("a phone lost in mid-block", lost_in_mid_block(), [Word.FASTER]),
    ("all samples equal", timed(ABBA, [10.0] * len(ABBA)), [Word.SAME]),
    ("all equal, five pairs", timed(ABBA[:10], [10.0] * 10), [Word.CANNOT_TELL]),
    ("a two-valued timer", two_valued(), [Word.CANNOT_TELL]),
    ("zero durations", timed(ABBA, [10.0, 0.0] * 16), [Word.CANNOT_TELL]),
    ("negative durations", timed(ABBA, [-10.0, -9.0] * 16), [Word.CANNOT_TELL]),
    ("not a number", timed(ABBA, [math.nan, math.inf] * 16), [Word.CANNOT_TELL]),
    ("a clock that jumps", clock_jumped(), [Word.FASTER]),
    ("one wild launch", [replace(FASTER[0], summary=summary(9e12)), *FASTER[1:]], [Word.FASTER]),
    ("times that leap", timed(ABBA, [1e-6, 10.0, 10.0, 1e-6] * 8), [Word.CANNOT_TELL]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_verdicts_on_bad_input(rows: list[LaunchRow], words: list[Word]) -> None:
    assert [Word.BASELINE, *words] == [row.word for row in table([evidence(rows)])]


def shown(rows: tuple[Row, ...]) -> str:
    """Write everything that can be written of rows."""
    axis = axis_for([row.standing.judged for row in rows if row.standing], 0.02, 21)
    bars = [axis.bar(row.standing.judged) for row in rows if row.standing]
    ratios = [row.unpaired_ratio for row in rows]
    texts = [both_forms(ratio) for ratio in ratios if ratio is not None]
    return " ".join([*bars, *texts, *(word_text(r) + sentence(r, 0.02) for r in rows)])


DURATIONS = st.one_of(
    st.none(), st.floats(1.0, 1e13), st.sampled_from((0.0, -1.0, math.nan, math.inf, 1e6, 2e6))
)
LAUNCHES = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.integers(0, 3), st.integers(0, 12), DURATIONS,
        st.sampled_from(Outcome),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(LAUNCHES)
def test_any_launches_have_words_for_them(
    drawn: list[tuple[str, int, int, float | None, Outcome]],
) -> None:
    rows = [
        replace(launch(letter, index, p50_ns), block=block, outcome=outcome)
        for letter, block, index, p50_ns, outcome in drawn
    ]
    found = table(evidence_of(rows, results_of(rows)))
    assert len({row.recipe for row in rows}) == len(found)
    assert "nan" not in shown(found)
    claims = [row for row in found if row.word in (Word.FASTER, Word.SLOWER, Word.SAME)]
    assert all(row.standing and row.standing.judged.pairs >= 6 for row in claims)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.5, 2.0), min_size=32, max_size=32))
def test_swapping_the_variants_swaps_the_words(times: list[float]) -> None:
    swapped = {"A": "B", "B": "A"}
    one = timed(ABBA, times)
    other = timed("".join(swapped[letter] for letter in ABBA), times)
    opposite = {Word.FASTER: Word.SLOWER, Word.SLOWER: Word.FASTER}
    first, second = (table([evidence(rows)])[1].word for rows in (one, other))
    if first in opposite:
        assert second in (opposite[first], Word.SAME)  # the margin is no symmetric ratio
