"""Two variants on the same items."""

import random

import pytest

from labtui.core.accuracy import Comparison, Predictions, Verdict, compare


def predictions(right: str) -> Predictions:
    """Make predictions of which `+` are right and `-` wrong; wrong ones say class 1."""
    ranks = tuple(1 if mark == "+" else 3 for mark in right)
    return Predictions(tuple(0 if r == 1 else 1 for r in ranks), ranks, (0.5,) * len(right))


def compared(n: int, lost: int, gained: int, margin: float = 0.005) -> Comparison:
    """Compare variants that are both right but for `lost` and `gained` items of n."""
    both = "+" * (n - lost - gained)
    a = predictions(both + "+" * lost + "-" * gained)
    b = predictions(both + "-" * lost + "+" * gained)
    return compare(a, b, margin)


def test_every_item_is_counted_where_it_belongs() -> None:
    comparison = compare(predictions("++-+--+"), predictions("+-+---+"))
    assert (2, 2) == (comparison.both, comparison.neither)
    assert ((1, 3), (2,)) == (comparison.lost, comparison.gained)
    assert (7, 4, -1 / 7) == (comparison.items, comparison.agree, comparison.difference)


def test_two_wrong_items_agree_only_when_they_say_the_same() -> None:
    a = Predictions((1, 1), (2, 2), (0.5, 0.5))
    b = Predictions((1, 2), (2, 3), (0.5, 0.5))
    assert 0.5 == compare(a, b).agreement


@pytest.mark.parametrize(
    ("n", "lost", "gained", "verdict"),
    [
        (1000, 0, 0, Verdict.SAME),
        (1000, 40, 5, Verdict.WORSE),
        (1000, 5, 40, Verdict.BETTER),
        (1000, 4, 1, Verdict.CANNOT_TELL),
        (50_000, 130, 50, Verdict.SAME),
        (8, 0, 0, Verdict.CANNOT_TELL),
    ],
)
def test_verdict(n: int, lost: int, gained: int, verdict: Verdict) -> None:
    assert verdict is compared(n, lost, gained).verdict


def test_a_wider_margin_lets_more_be_the_same() -> None:
    assert Verdict.SAME is compared(1000, 4, 1, margin=0.02).verdict


@pytest.mark.parametrize(("n", "lost", "gained"), [(1000, 4, 1), (200, 5, 0), (50, 0, 0)])
def test_so_many_more_items_of_the_same_kind_decide(n: int, lost: int, gained: int) -> None:
    more = compared(n, lost, gained).more_items
    assert more is not None
    factor = 2 + more // n  # rounded up, and as lucky as an average experiment
    grown = compared(n * factor, lost * factor, gained * factor)
    assert grown.verdict is not Verdict.CANNOT_TELL


def test_a_decided_comparison_needs_no_more() -> None:
    assert compared(1000, 40, 5).more_items is None


def test_equal_variants_are_seldom_called_different() -> None:
    generator, alarms, rounds = random.Random(3), 0, 400
    for _ in range(rounds):
        lost = sum(generator.random() < 0.01 for _ in range(1000))
        gained = sum(generator.random() < 0.01 for _ in range(1000))
        verdict = compared(1000, lost, gained).verdict
        alarms += verdict in {Verdict.BETTER, Verdict.WORSE}
    assert alarms / rounds <= 0.06


@pytest.mark.parametrize(("a", "b"), [("", ""), ("+", "++")])
def test_only_the_same_items_can_be_compared(a: str, b: str) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(predictions(a), predictions(b))
