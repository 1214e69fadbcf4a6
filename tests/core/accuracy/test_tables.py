"""Where a variant is wrong."""

from labtui.core.accuracy import (
    ClassRow,
    Mistake,
    Predictions,
    confidently_wrong,
    per_class,
    wilson,
)

LABELS = [0, 2, 2, 0, 1, 1]
PREDICTIONS = Predictions((0, 2, 1, 1, 1), (1, 1, 2, 4, 1), (0.9, 0.8, 0.6, 0.7, 0.5))


def test_classes_count_only_what_was_scored() -> None:
    rows = per_class(LABELS, PREDICTIONS)
    assert (ClassRow(0, 2, 1), ClassRow(1, 1, 1), ClassRow(2, 2, 1)) == rows
    assert wilson(1, 2) == rows[0].interval


def test_the_most_confident_mistake_comes_first() -> None:
    first, second = confidently_wrong(LABELS, PREDICTIONS)
    assert Mistake(3, 0, 1, 0.7, 4) == first
    assert 2 == second.item


def test_the_list_of_mistakes_is_cut() -> None:
    assert 1 == len(confidently_wrong(LABELS, PREDICTIONS, limit=1))
