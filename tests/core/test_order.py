"""Balance of the orders of launches."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.order import rounds

COUNTS = st.integers(1, 9)


def design(variants: int, seed: int = 1) -> list[tuple[int, ...]]:
    """Return one whole design."""
    whole = variants if variants > 2 and variants % 2 == 0 else 2 * variants
    return rounds(variants, whole, random.Random(seed))


def test_two_variants_take_turns_in_going_first() -> None:
    found = rounds(2, 8, random.Random(1))
    flat = "".join("AB"[v] for r in found for v in r)
    assert flat in {"ABBABAABABBABAAB", "BAABABBABAABABBA", "ABBABAABBAABABBA", "BAABABBAABBABAAB"}


@given(COUNTS, st.integers(0, 30), st.integers())
def test_each_round_has_every_variant_once(variants: int, launches: int, seed: int) -> None:
    found = rounds(variants, launches, random.Random(seed))
    assert launches == len(found)
    assert all(sorted(row) == list(range(variants)) for row in found)


@given(COUNTS, st.integers())
def test_each_block_runs_forth_and_back(variants: int, seed: int) -> None:
    found = rounds(variants, 12, random.Random(seed))
    assert all(found[i] == found[i + 1][::-1] for i in range(0, 12, 2))


@pytest.mark.parametrize("variants", range(2, 10))
def test_each_variant_comes_equally_often_in_each_place(variants: int) -> None:
    places = Counter((v, place) for row in design(variants) for place, v in enumerate(row))
    assert variants**2 == len(places)
    assert 1 == len(set(places.values()))


@pytest.mark.parametrize("variants", range(2, 10))
def test_each_variant_follows_each_other_equally_often(variants: int) -> None:
    follows = Counter(pair for row in design(variants) for pair in pairwise(row))
    assert variants * (variants - 1) == len(follows)
    assert 1 == len(set(follows.values()))


def test_the_start_is_drawn() -> None:
    starts = Counter(rounds(2, 2, random.Random(seed))[0][0] for seed in range(200))
    assert min(starts.values()) > 60


def test_the_same_seed_gives_the_same_order() -> None:
    assert rounds(5, 20, random.Random(3)) == rounds(5, 20, random.Random(3))
