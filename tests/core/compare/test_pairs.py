"""Which launches are compared with which."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.compare.pairs import Observation, pair_up


def launches(order: str, values: list[float | None], block_size: int = 4) -> list[Observation]:
    """Return launches of variants A, B, C in the order of the letters."""
    return [
        Observation("ABC".index(letter), i // block_size, i, value)
        for i, (letter, value) in enumerate(zip(order, values, strict=True))
    ]


def ratios(found: list[Observation], baseline: int = 0, other: int = 1) -> list[float]:
    return [round(math.exp(r), 6) for r in pair_up(found, baseline, other).log_ratios]


def test_rounds_run_forth_and_back() -> None:
    assert [2.0, 3.0] == ratios(launches("ABBA", [10, 20, 60, 20]))


def test_rounds_of_three() -> None:
    found = launches("ABCCBA", [1, 2, 3, 12, 8, 4], block_size=6)
    assert [2.0, 2.0] == ratios(found)
    assert [3.0, 3.0] == ratios(found, other=2)
    assert [1.5, 1.5] == ratios(found, baseline=1, other=2)


def test_a_failed_launch_takes_its_partner_with_it_and_no_other() -> None:
    found = launches("ABBA", [None, 20, 60, 20])
    paired = pair_up(found, 0, 1)
    assert [3.0] == ratios(found)
    assert 2 == paired.unpaired


def test_a_phone_that_left_in_mid_block() -> None:
    paired = pair_up(launches("ABBAB", [10, 20, 20, 10, 30]), 0, 1)
    assert (2, 1) == (len(paired.pairs), paired.unpaired)


def test_the_first_of_one_block_is_no_partner_of_the_last_before() -> None:
    assert [] == ratios(launches("ABAB", [1, 2, 3, 4], block_size=1))


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_duration_is_left_out(value: float) -> None:
    paired = pair_up(launches("ABBA", [value, 20, 60, 20]), 0, 1)
    assert (1, 2) == (len(paired.pairs), paired.unpaired)


def test_the_order_in_which_they_are_told_does_not_matter() -> None:
    found = launches("ABBABAAB", [10, 20, 60, 20, 4, 2, 1, 3])
    assert pair_up(found, 0, 1) == pair_up(reversed(found), 0, 1)


@given(st.floats(-0.05, 0.05), st.floats(0.5, 2.0))
def test_coming_second_is_told_apart_from_being_slower(effect: float, ratio: float) -> None:
    values: list[float | None] = []
    for letter, is_second in zip("ABBABAAB", [0, 1] * 4, strict=True):
        values.append((ratio if letter == "B" else 1.0) * math.exp(effect * is_second))
    paired = pair_up(launches("ABBABAAB", values), 0, 1)
    assert paired.slot_effect == pytest.approx(effect, abs=1e-9)


def test_without_both_orders_there_is_no_slot_effect() -> None:
    assert pair_up(launches("ABAB", [1, 2, 3, 4]), 0, 1).slot_effect is None
