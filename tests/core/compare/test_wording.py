"""Glyphs, both forms of a ratio, sentences and interval bars."""

import math
from typing import Any

import pytest

from labtui.core.compare.standing import Standing, Stat
from labtui.core.compare.table import Row, Word, table
from labtui.core.compare.verdict import Comparison, Verdict
from labtui.core.compare.wording import (
    GLYPHS,
    Axis,
    axis_for,
    both_forms,
    interval_text,
    percent_text,
    sentence,
    word_text,
)
from tests.core.compare.rows import ABBA, evidence, launches


def comparison(ratio: float | None, low: float = 0.0, high: float = math.inf) -> Comparison:
    return Comparison(Verdict.CANNOT_TELL, ratio, low, high, 0.5, 8, 0, 3, None)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0.959,), "4.1 % less time = 4.3 % more speed"),
        ((1.25,), "25.0 % more time = 20.0 % less speed"),
        ((1.0,), "-0.0 % less time = 0.0 % more speed"),
        ((0.8, 0.5, 1.25), "20.0 % less time [-25.0, 50.0] = 25.0 % more speed [-20.0, 100.0]"),
        ((1.25, 0.8, 2.0), "25.0 % more time [-20.0, 100.0] = 20.0 % less speed [-25.0, 50.0]"),
        ((1.25, 0.0, math.inf), "25.0 % more time = 20.0 % less speed"),
    ],
)
def test_both_forms(arguments: tuple[float, ...], text: str) -> None:
    assert text.replace("-0.0", "0.0") == both_forms(*arguments).replace("-0.0", "0.0")


def test_numbers_of_the_table() -> None:
    assert ("-4.1", "-") == (percent_text(0.959), percent_text(None))
    assert "[-5.0, +3.2]" == interval_text(comparison(1.0, 0.95, 1.032))
    assert "-" == interval_text(comparison(1.0))


def test_every_word_has_a_glyph_of_its_own() -> None:
    assert set(Word) == set(GLYPHS)
    for column in zip(*GLYPHS.values(), strict=True):
        assert len(Word) == len(set(column))
    assert all(plain.isascii() for _, plain in GLYPHS.values())


def row(order: str = ABBA, **times_ms: float) -> Row:
    return table([evidence(launches(order, times_ms, wobble=0.0))])[1]


@pytest.mark.parametrize(
    ("found", "ascii_only", "text"),
    [
        (row(A=10, B=9), False, "▲ faster"),
        (row(A=10, B=9), True, "+ faster"),
        (row("ABBA", A=10, B=9), False, "? cannot tell: 4 more"),
    ],
)
def test_the_verdict_at_a_glance(found: Row, ascii_only: bool, text: str) -> None:
    assert text == word_text(found, ascii_only=ascii_only)


SENTENCES = [
    (row(A=10, B=8), ("net int8 is faster than net fp32: 20.0 % less time [20.0, 20.0] = "
     "25.0 % more speed [25.0, 25.0], 16 pairs.")),
    (row(A=10, B=10), "net int8 takes the same time as net fp32 within 2 %: "),
    (row("AB", A=10, B=8), ("net int8 against net fp32: cannot tell: 5 more launches of each: "
     "20.0 % less time = 25.0 % more speed, 1 pair.")),
]  # fmt: skip


@pytest.mark.parametrize(("found", "text"), SENTENCES)
def test_the_verdict_in_words(found: Row, text: str) -> None:
    assert sentence(found, 0.02).startswith(text)


def test_reasons_replace_the_number() -> None:
    found = Row(row(A=10, B=8).evidence, None, refusals=("the order was another", "so was heat"))
    assert "net int8: not comparable. The order was another. So was heat." == sentence(found, 0.02)


BARS: list[tuple[tuple[Any, ...], bool, str]] = [
    ((1.0, 0.95, 1.05), False, "·  ┊ ──●── ┊  ·"),
    ((1.0, 0.95, 1.05), True, ".  : --o-- :  ."),
    ((0.85, 0.1, 0.9), False, "◀─●──  │   ┊  ·"),
    ((1.1, 1.05, 9.0), True, ".  :   | -o--->"),
    ((0.5, 0.0, math.inf), False, "◀─────────────▶"),
    ((None,), False, ""),
]


@pytest.mark.parametrize(("ends", "ascii_only", "bar"), BARS)
def test_bars(ends: tuple[Any, ...], ascii_only: bool, bar: str) -> None:
    axis = Axis(reach=math.log(1.25), margin=0.12, width=15)
    drawn = axis.bar(comparison(*ends), ascii_only=ascii_only)
    assert bar == drawn


@pytest.mark.parametrize(
    ("intervals", "reach"),
    [
        ([], 2 * math.log(1.02)),
        ([(0.9, 1.05)], -math.log(0.9)),
        ([(0.9, 1.05), (0.0, math.inf)], -math.log(0.9)),
        ([(0.001, 1.0)], math.log(4)),
    ],
)
def test_one_axis_for_all(intervals: list[tuple[float, float]], reach: float) -> None:
    axis = axis_for([comparison(1.0, *ends) for ends in intervals], 0.02, 20)
    assert reach == pytest.approx(axis.reach)
    assert 19 == axis.width


def test_a_standing_is_judged_by_its_stat() -> None:
    p50, p90 = comparison(1.0), comparison(2.0)
    found = Standing(Verdict.SAME, Stat.P90, p50, p90, None, None, None, is_flip=False)
    assert p90 is found.judged
