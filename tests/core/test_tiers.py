"""Tiers: sizes of models, classes of devices, and the best variant under a budget."""

import pytest

from labtui.core.budget import Basis, Budget
from labtui.core.history import Numerics, ResultRow
from labtui.core.tiers import Tier, TierRow, tier_table
from tests.core.result_rows import MS, result

FORTY = Budget(40 * MS)
NONE_WITHIN = "No variant of this size is within the budget; the fastest:"


def only(*results: ResultRow, classes: dict[str, str] | None = None) -> TierRow:
    (row,) = tier_table(results, FORTY, classes)
    return row


def choice(row: TierRow) -> str | None:
    return row.choice.results[0].recipe if row.choice else None


@pytest.mark.parametrize(
    ("parameters", "tiers"),
    [
        ([5], {Tier.SMALL: ("m5",)}),
        ([9, 5], {Tier.SMALL: ("m5",), Tier.LARGE: ("m9",)}),
        ([5, 9, 7], {Tier.SMALL: ("m5",), Tier.MEDIUM: ("m7",), Tier.LARGE: ("m9",)}),
        (
            [1, 2, 3, 4, 5, 6, 7],
            {
                Tier.SMALL: ("m1", "m2"),
                Tier.MEDIUM: ("m3", "m4", "m5"),
                Tier.LARGE: ("m6", "m7"),
            },
        ),
    ],
)
def test_models_are_small_medium_or_large_among_themselves(
    parameters: list[int], tiers: dict[Tier, tuple[str, ...]]
) -> None:
    rows = tier_table([result(f"m{n}", parameters=n) for n in parameters], FORTY)
    assert tiers == {row.tier: row.families for row in rows}


def test_a_model_at_two_sizes_is_one_family() -> None:
    row = only(result("vit@224", parameters=900), result("vit@384", parameters=905))
    assert (Tier.SMALL, ("vit",)) == (row.tier, row.families)


@pytest.mark.parametrize(
    ("candidates", "best"),
    [
        ([result(recipe="a", p90_ms=30, right=700), result(recipe="b", p90_ms=9, right=650)], "a"),
        ([result(recipe="a", p90_ms=41, right=700), result(recipe="b", p90_ms=9, right=650)], "b"),
        ([result(recipe="a", p90_ms=30, right=700), result(recipe="b", p90_ms=9, right=698)], "b"),
        ([result(recipe="a", p90_ms=30, right=700), result(recipe="b", p90_ms=9, right=697)], "a"),
        ([result(recipe="a", p90_ms=30, right=500), result(recipe="b", p90_ms=9)], "a"),
        ([result(recipe="a", p90_ms=30), result(recipe="b", p90_ms=9)], "b"),
        ([result(recipe="a", p90_ms=9, sustained_ms=50), result(recipe="b", p90_ms=30)], "b"),
        (
            [
                result(recipe="a", p90_ms=1, right=990, numerics=Numerics.BROKEN),
                result(recipe="b", right=100),
            ],
            "b",
        ),
        ([result(recipe="a", p90_ms=None, right=990), result(recipe="b", right=100)], "b"),
        ([result(recipe="a", p90_ms=1, is_imported=True), result(recipe="b")], "b"),
    ],
    ids=[
        "accurate", "in the budget", "as accurate", "less accurate", "scored", "fast", "sustained",
        "broken", "not measured", "imported",
    ],
)  # fmt: skip
def test_the_most_accurate_wins_then_the_fastest(candidates: list[ResultRow], best: str) -> None:
    for order in (candidates, candidates[::-1]):
        row = only(*order)
        assert best == choice(row)
        assert "is within the budget of 40 ms." in row.reason


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        (
            [result(sustained_ms=44), result(recipe="b", sustained_ms=50)],
            f"{NONE_WITHIN} The sustained p90 of 44 ms is 10.0 % over the budget of 40 ms.",
        ),
        (
            [result(numerics=Numerics.BROKEN)],
            "No variant of this size has outputs that can be trusted.",
        ),
        (
            [result(p90_ms=None)],
            f"{NONE_WITHIN} There is no p90 to hold against the budget.",
        ),
    ],
)
def test_where_nothing_fits_the_reason_is_said(results: list[ResultRow], reason: str) -> None:
    row = only(*results)
    assert (None, reason) == (row.choice, row.reason)


def test_a_device_is_its_own_class() -> None:
    rows = tier_table([result(device="android:1"), result(device="ios:2", p90_ms=90)], FORTY)
    assert [("Phone 1", "fp32"), ("Phone 2", None)] == [(r.device_class, choice(r)) for r in rows]


def test_a_class_is_as_fast_as_its_slowest_device_and_as_accurate_as_its_least() -> None:
    classes = {"Phone 1": "mid", "Phone 2": "mid"}
    row = only(
        result(device="android:1", p90_ms=20, right=690),
        result(device="ios:2", p90_ms=30, right=700),
        classes=classes,
    )
    assert row.choice is not None
    assert ("mid", ("android:1", "ios:2"), 30 * MS, Basis.WHOLE, 0.69) == (
        row.device_class, row.devices, row.choice.judged.p90_ns, row.choice.judged.basis,
        row.choice.share,
    )  # fmt: skip


def test_what_is_too_slow_on_one_device_is_too_slow_for_the_class() -> None:
    classes = {"Phone 1": "mid", "Phone 2": "mid"}
    slow = result(device="ios:2", p90_ms=41)
    assert choice(only(result(device="android:1"), slow, classes=classes)) is None


def test_what_one_device_did_not_score_has_no_accuracy() -> None:
    classes = {"Phone 1": "mid", "Phone 2": "mid"}
    row = only(result(right=700), result(device="ios:2"), classes=classes)
    assert row.choice is not None
    assert row.choice.share is None


def test_what_was_not_measured_on_every_device_is_no_choice() -> None:
    row = only(
        result(recipe="a"),
        result(recipe="b", device="ios:2"),
        classes={"Phone 1": "mid", "Phone 2": "mid"},
    )
    assert "No variant of this size was measured on every device of the class." == row.reason


def test_a_size_that_a_device_has_not_met_is_said() -> None:
    rows = tier_table([result("m1", parameters=1), result("m2", device="ios:2")], FORTY)
    assert ["No variant of this size was measured."] * 2 == [
        row.reason for row in rows if row.choice is None
    ]


def test_virtual_and_real_devices_never_share_a_row() -> None:
    rows = tier_table([result(), result(p90_ms=1, is_virtual=True)], FORTY)
    assert [False, True] == [row.is_virtual for row in rows]


def test_models_of_unknown_size_have_no_tier() -> None:
    assert () == tier_table([result(parameters=0)], FORTY)


@pytest.mark.parametrize(
    ("sessions", "p90_ms"),
    [
        ([result(session="01", p90_ms=10), result(session="02", p90_ms=20)], 20),
        ([result(session="01", p90_ms=10, right=700), result(session="02", p90_ms=20)], 10),
        ([result(session="01", p90_ms=10), result(session="02", p90_ms=None, right=700)], 10),
        (
            [
                result(session="01", p90_ms=10, numerics=Numerics.BROKEN),
                result(session="02", p90_ms=20),
            ],
            20,
        ),
        (
            [
                result(session="01", p90_ms=10),
                result(session="02", p90_ms=20, numerics=Numerics.BROKEN),
            ],
            None,
        ),
    ],
    ids=["newest", "scored", "measured", "mended", "broken since"],
)
def test_of_several_sessions_the_newest_that_says_most_counts(
    sessions: list[ResultRow], p90_ms: float | None
) -> None:
    for order in (sessions, sessions[::-1]):
        found = only(*order).choice
        assert (p90_ms and p90_ms * MS) == (found and found.judged.p90_ns)
