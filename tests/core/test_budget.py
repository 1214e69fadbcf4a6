"""Budgets: what is held against them, and what is said of it."""

import math

import pytest

from labtui.core.budget import Basis, Budget, Judgement, budget, judge
from labtui.core.history import Numerics, ResultRow
from labtui.errors import UsageError
from tests.core.result_rows import MS, result

FORTY = Budget(40 * MS)
NOT_KNOWN = "whether it is sustained is not known"


@pytest.mark.parametrize(
    ("ms", "fps", "expected"),
    [(40.0, None, FORTY), (None, 25.0, FORTY), (None, None, None), (0.5, None, Budget(MS / 2))],
)
def test_a_budget_is_a_time_or_a_rate(
    ms: float | None, fps: float | None, expected: Budget | None
) -> None:
    assert expected == budget(ms, fps)


@pytest.mark.parametrize(
    ("ms", "fps"),
    [
        (0.0, None), (-1.0, None), (math.nan, None), (math.inf, None), (None, 0.0), (None, -3.0),
        (None, math.inf), (None, math.nan), (None, 1e-320),
    ],
)  # fmt: skip
def test_what_is_no_budget_is_refused(ms: float | None, fps: float | None) -> None:
    with pytest.raises(UsageError, match="a time above 0"):
        budget(ms, fps)


def test_two_budgets_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="not both"):
        budget(40.0, 25.0)


@pytest.mark.parametrize(
    ("row", "judgement", "basis", "p90_ms"),
    [
        (result(p90_ms=39), Judgement.WITHIN, Basis.WHOLE, 39),
        (result(p90_ms=40), Judgement.WITHIN, Basis.WHOLE, 40),
        (result(p90_ms=39, sustained_ms=41), Judgement.OVER, Basis.SUSTAINED, 41),
        (result(p90_ms=50, sustained_ms=40), Judgement.WITHIN, Basis.SUSTAINED, 40),
        (result(p90_ms=None), Judgement.UNKNOWN, Basis.NONE, None),
        (result(p90_ms=9, numerics=Numerics.BROKEN), Judgement.UNKNOWN, Basis.WHOLE, 9),
        (result(p90_ms=9, numerics=Numerics.UNCHECKED), Judgement.WITHIN, Basis.WHOLE, 9),
    ],
)
def test_what_a_warm_device_sustains_counts(
    row: ResultRow, judgement: Judgement, basis: Basis, p90_ms: float | None
) -> None:
    judged = judge(row, FORTY)
    assert (judgement, basis) == (judged.judgement, judged.basis)
    assert (p90_ms and p90_ms * MS) == judged.p90_ns


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            result(sustained_ms=31.25),
            "The sustained p90 of 31.25 ms is within the budget of 40 ms.",
        ),
        (
            result(sustained_ms=50),
            "The sustained p90 of 50 ms is 25.0 % over the budget of 40 ms.",
        ),
        (
            result(p90_ms=20),
            f"The p90 ({NOT_KNOWN}) of 20 ms is within the budget of 40 ms.",
        ),
        (result(p90_ms=None), "There is no p90 to hold against the budget."),
        (
            result(numerics=Numerics.BROKEN),
            "Its outputs are broken: how fast they come does not count.",
        ),
    ],
)
def test_one_sentence_has_the_numbers(row: ResultRow, text: str) -> None:
    assert text == judge(row, FORTY).text
