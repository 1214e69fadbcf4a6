"""Which items are chosen."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.scoring.choice import balanced


@given(st.lists(st.integers(0, 5)), st.integers(1, 40), st.integers())
def test_classes_differ_by_one_unless_they_run_out(
    labels: list[int], limit: int, seed: int
) -> None:
    chosen = balanced(labels, limit, seed)
    assert min(limit, len(labels)) == len(chosen)
    assert chosen == sorted(set(chosen))
    there, taken = Counter(labels), Counter(labels[i] for i in chosen)
    most = max(taken.values(), default=0)
    assert all(taken[label] >= min(most - 1, there[label]) for label in there)


def test_a_seed_is_a_choice() -> None:
    labels = [0, 1] * 50
    assert balanced(labels, 10, 1) == balanced(labels, 10, 1) != balanced(labels, 10, 2)


@pytest.mark.parametrize("limit", [None, 3, 4])
def test_without_a_limit_all_are_taken_in_order(limit: int | None) -> None:
    assert [0, 1, 2] == balanced([1, 0, 1], limit, 0)
