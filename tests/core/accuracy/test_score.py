"""Tally, golden rule, health, and how accuracies are written."""

import pytest

from labtui.core.accuracy import Golden, Health, Score, Tally, percent, tally_text
from labtui.core.model import Digest


@pytest.mark.parametrize(
    ("golden", "is_broken"),
    [
        (Golden(8, 31.4, 8), False),
        (Golden(8, 10.0, 4), False),
        (Golden(8, 9.9, 8), True),
        (Golden(8, 40.0, 3), True),
        (Golden(8, None, 8), True),
    ],
)
def test_golden_outputs_are_near_their_reference_or_broken(
    golden: Golden, *, is_broken: bool
) -> None:
    assert is_broken == golden.is_broken


@pytest.mark.parametrize("health", list(Health))
def test_every_health_but_ok_is_red_and_has_a_sentence(health: Health) -> None:
    score = Score(Digest("0" * 64), Tally(10, 9, 10), None, health)
    assert (health is not Health.OK) == score.is_red
    assert health.sentence
    assert not health.sentence.endswith(".")


@pytest.mark.parametrize(
    ("tally", "text"),
    [
        (Tally(), "-"),
        (Tally(812, 756, 800), "93.1 % [91.1, 94.7] of 812"),
        (Tally(50_000, 35_900, 45_000), "71.8 % [71.4, 72.2] of 50,000"),
        (Tally(8, 8, 8), "100.0 % [67.6, 100.0] of 8"),
    ],
)
def test_a_running_accuracy_is_written_with_its_interval(tally: Tally, text: str) -> None:
    assert text == tally_text(tally)


def test_top_five_has_an_interval_of_its_own() -> None:
    tally = Tally(100, 70, 95)
    assert tally.interval().high < tally.interval5().low
    assert "70.0" == percent(tally.share)
