"""How outputs are judged against the float net's."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.zoo_models.measure import Measured, measure, snr_db
from scripts.zoo_models.recipes import Format, Recipe

REFERENCE = np.array([[3, 1], [1, 3], [3, 1], [1, 3]], np.float32)
LABELS = np.array([0, 1, 1, 1], np.int32)
RECIPE = Recipe("r", Format.TFLITE, "", min_snr_db=20, min_agreement=1.0)


def test_the_float_net_itself() -> None:
    found = measure(REFERENCE, REFERENCE, LABELS, golden=2)
    assert Measured(4, 0.75, 1.0, math.inf, math.inf, 1.0) == found
    assert "" == found.shortfall(RECIPE)


def test_golden_items_are_the_first_ones() -> None:
    outputs = REFERENCE.copy()
    outputs[3] = [3, 1]
    found = measure(outputs, REFERENCE, LABELS, golden=2)
    assert (0.75, 1.0) == (found.agreement, found.golden_agreement)
    assert (math.inf, True) == (found.golden_snr_db, found.snr_db < 10)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (REFERENCE, math.inf),
        (REFERENCE * np.float32(1.1), 20.0),
        (REFERENCE * np.float32(2), 0.0),
        (np.zeros_like(REFERENCE), 0.0),
    ],
)
def test_snr(values: NDArray[np.float32], expected: float) -> None:
    assert snr_db(REFERENCE, values) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_outputs_that_are_no_numbers_fall_short(bad: float) -> None:
    found = measure(np.full_like(REFERENCE, bad), REFERENCE, LABELS, golden=2)
    assert math.isnan(found.golden_snr_db)
    assert "below 20 dB" in found.shortfall(RECIPE)


@pytest.mark.parametrize(
    ("golden_snr_db", "golden_agreement", "said"),
    [
        (20.0, 1.0, ""),
        (19.9, 1.0, "SNR 19.9 dB is below 20 dB"),
        (30.0, 0.875, "only 88% of the golden items are decided alike"),
    ],
)
def test_limits_of_a_recipe(golden_snr_db: float, golden_agreement: float, said: str) -> None:
    found = Measured(8, 1, 1, 1, golden_snr_db, golden_agreement)
    assert said == found.shortfall(RECIPE)


def test_a_naive_recipe_may_be_bad() -> None:
    naive = Recipe("r", Format.TFLITE, "", is_naive=True)
    assert "" == Measured(8, 0, 0, 0, 0, 0).shortfall(naive)
