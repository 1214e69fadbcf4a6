"""Evaluations of one session side by side."""

import pytest

from labtui.core.accuracy import Health, Verdict
from labtui.core.history import PredictionsRow
from labtui.core.pairings import device_agreements, evaluations, peers_of
from labtui.core.plan import Purpose
from tests.prediction_rows import predicted, scored_row, wrong_at

GOOD = wrong_at(200)
BAD = wrong_at(200, *range(20))


def recipes(rows: tuple[PredictionsRow, ...]) -> list[str]:
    return [row.scored.recipe for row in rows]


def test_the_newest_evaluation_of_a_variant_counts_and_checks_do_not() -> None:
    check = scored_row("fp32", wrong_at(8), purpose=Purpose.CHECK)
    old, new = scored_row("fp32", BAD), scored_row("fp32", GOOD)
    threads = scored_row("fp32", GOOD, threads=4)
    assert (new, threads) == evaluations([old, check, threads, new])


@pytest.mark.parametrize(
    ("rows", "against", "expected"),
    [
        (("int8", "fp32", "fp16"), None, ["fp32", "int8", "fp16"]),
        (("int8", "fp16"), None, ["int8", "fp16"]),
        (("int8", "fp16"), "fp16", ["fp16", "int8"]),
        (("int8", "fp16"), "net fp16", ["fp16", "int8"]),
    ],
)
def test_the_reference_is_the_float_variant_the_first_or_the_one_named(
    rows: tuple[str, ...], against: str | None, expected: list[str]
) -> None:
    (peers,) = peers_of([scored_row(recipe, GOOD) for recipe in rows], against=against)
    assert expected == recipes(peers.rows)


def test_nothing_is_compared_with_a_broken_variant_unless_asked() -> None:
    rows = [
        scored_row("fp32", BAD, health=Health.UNLIKE_REFERENCE),
        scored_row("fp16", GOOD),
    ]
    assert "fp16" == peers_of(rows)[0].reference.scored.recipe
    assert "fp32" == peers_of(rows, against="fp32")[0].reference.scored.recipe
    assert () == peers_of(rows, against="int4")


def test_only_variants_of_one_model_device_and_items_are_compared() -> None:
    rows = [
        scored_row("fp32", GOOD),
        scored_row("fp32", GOOD, model="other"),
        scored_row("fp32", GOOD, device="android:2"),
        scored_row("int8", wrong_at(100)),
    ]
    assert [1, 1, 1, 1] == [len(peers.rows) for peers in peers_of(rows)]


def test_a_variant_that_lost_items_is_worse() -> None:
    (peers,) = peers_of([scored_row("fp32", GOOD), scored_row("int8", BAD)])
    (pairing,) = peers.pairings
    assert (Verdict.WORSE, 20, 0) == (
        pairing.verdict, len(pairing.comparison.lost), len(pairing.comparison.gained),
    )  # fmt: skip
    assert pairing.comparison.p_value == pairing.p_holm


def test_many_comparisons_ask_for_more_than_one_does() -> None:
    """Six lost items have p = 0.03: worse by itself, nothing as one of five."""
    six = wrong_at(200, *range(6))
    rows = [scored_row("fp32", GOOD), *(scored_row(f"int{n}", six) for n in range(1))]
    assert Verdict.WORSE == peers_of(rows)[0].pairings[0].verdict
    rows = [scored_row("fp32", GOOD), *(scored_row(f"int{n}", six) for n in range(5))]
    assert {Verdict.CANNOT_TELL} == {one.verdict for one in peers_of(rows)[0].pairings}


def test_devices_that_predict_differently_are_named() -> None:
    rows = [
        scored_row("fp32", predicted(0, 0, 1, 1), device="android:1"),
        scored_row("fp32", predicted(0, 0, 1, 1), device="android:2"),
        scored_row("fp32", predicted(0, 2, 1, 3), device="ios:3"),
        scored_row("int8", predicted(0, 0, 1, 1)),
    ]
    (agreement,) = device_agreements(rows)
    assert (2, 4, 0.5, ("Phone 1", "Phone 3")) == (
        agreement.unanimous, agreement.items, agreement.least, agreement.least_pair,
    )  # fmt: skip
