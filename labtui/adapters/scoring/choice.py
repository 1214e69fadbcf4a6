"""Which items of a source become an eval set."""

from collections.abc import Sequence
from random import Random


def balanced(labels: Sequence[int], limit: int | None, seed: int) -> list[int]:
    """Return the indices of at most `limit` items, ascending: as many of each class as can be.

    The same labels, limit and seed give the same choice. A class with too few items leaves its
    places to the others.
    """
    if limit is None or limit >= len(labels):
        return list(range(len(labels)))
    generator = Random(seed)
    by_class: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        by_class.setdefault(label, []).append(index)
    groups = [by_class[label] for label in sorted(by_class)]
    for group in groups:
        generator.shuffle(group)
    return sorted(_in_turns(groups, generator, limit))


def _in_turns(groups: list[list[int]], generator: Random, limit: int) -> list[int]:
    """Take one of each group in turn; chance decides who is left out of the last, partial turn."""
    chosen: list[int] = []
    while len(chosen) < limit:
        groups = [group for group in groups if group]
        turn = generator.sample(groups, min(len(groups), limit - len(chosen)))
        chosen += [group.pop() for group in turn]
    return chosen
