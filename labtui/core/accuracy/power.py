"""How many items a question about two variants needs."""

import math

from labtui.core.accuracy.intervals import CONFIDENCE, z_value

POWER = 0.8
"""Chance of seeing a difference that is there."""


def items_needed(difference: float, discordant: float, confidence: float = CONFIDENCE) -> int:
    """Return the items that show a difference of accuracies with 80 % power.

    `discordant` is the share of items that only one of the variants gets right, at least
    |difference|. Connor (1987), Biometrics 43:207-211. Raises ValueError for no difference.
    """
    gap = abs(difference)
    if gap == 0:
        raise ValueError("no number of items shows a difference of zero")
    share = min(1.0, max(discordant, gap))
    by_chance = z_value(confidence) * math.sqrt(share)
    by_power = z_value(2 * POWER - 1) * math.sqrt(share - gap * gap)
    return math.ceil(((by_chance + by_power) / gap) ** 2)


def visible_difference(items: int, discordant: float) -> float:
    """Return the smallest difference that so many items show with 80 % power; 1 if none is.

    Found by halving: `items_needed` falls as the difference grows.
    """
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if items_needed(middle, discordant) <= items:
            high = middle
        else:
            low = middle
    return high
