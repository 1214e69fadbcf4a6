"""How many items a question needs."""

import pytest

from labtui.core.accuracy import items_needed, visible_difference


@pytest.mark.parametrize(
    ("difference", "discordant", "items"),
    [(0.005, 0.01, 3138), (0.005, 0.04, 12556), (0.01, 0.02, 1568), (-0.02, 0.08, 1568)],
)
def test_items_needed(difference: float, discordant: float, items: int) -> None:
    assert items == items_needed(difference, discordant)


def test_discordance_is_at_least_the_difference() -> None:
    assert items_needed(0.1, 0.1) == items_needed(0.1, 0.0)


def test_no_number_shows_nothing() -> None:
    with pytest.raises(ValueError, match="no number of items"):
        items_needed(0.0, 0.1)


@pytest.mark.parametrize("discordant", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("items", [100, 1000, 50_000])
def test_the_visible_difference_is_the_least_that_so_many_items_show(
    items: int, discordant: float
) -> None:
    difference = visible_difference(items, discordant)
    assert items_needed(difference, discordant) <= items
    assert items_needed(difference * 0.99, discordant) > items


def test_one_item_shows_nothing_but_everything() -> None:
    assert 1.0 == pytest.approx(visible_difference(1, 0.01))
