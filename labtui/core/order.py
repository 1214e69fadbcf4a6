"""Orders of launches on one device that keep time from favouring a variant.

A block is a round of all variants and the same round backwards, so whatever drifts steadily falls
on all of them alike. Two variants take turns in going first (ABBA, BAAB); more than two follow a
Williams design (1949, Australian Journal of Scientific Research A 2:149-168), in which each
variant comes equally often in each place, and equally often right after each other one.
"""

import random
from collections.abc import Iterator


def rounds(variants: int, launches: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Return `launches` rounds; two that follow each other, from an even one on, are a block.

    Which variant stands for which letter of the design is drawn anew for each whole design.
    """
    found: list[tuple[int, ...]] = []
    while len(found) < launches:
        names = rng.sample(range(variants), variants)
        found += [tuple(names[letter] for letter in row) for row in _design(variants)]
    return found[:launches]


def _design(variants: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a design, each followed by itself backwards."""
    first = _williams_row(variants)
    # With an even number the other half of the square are these rows backwards.
    count = variants // 2 if variants % 2 == 0 and variants > 2 else variants
    for shift in range(count):
        row = tuple((letter + shift) % variants for letter in first)
        yield row
        yield row[::-1]


def _williams_row(variants: int) -> tuple[int, ...]:
    """Return 0, 1, k-1, 2, k-2, …: each step between neighbours has another length."""
    low, high = list(range(1, variants)), list(range(variants - 1, 0, -1))
    zigzag = [low[i // 2] if i % 2 == 0 else high[i // 2] for i in range(variants - 1)]
    return (0, *zigzag)
