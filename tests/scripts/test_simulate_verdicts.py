"""Verdicts are right as often as they claim; `scripts/simulate_verdicts.py` has all cells."""

import pytest

from scripts.simulate_verdicts import CELLS, figures


@pytest.mark.parametrize("cell", [CELLS[1], CELLS[4], CELLS[9]], ids=lambda cell: cell.name)
def test_claims_hold_where_naive_comparisons_fail(cell) -> None:  # type: ignore[no-untyped-def]
    found = figures(cell, 300)
    assert found["ok"], found
    assert float(str(found["false_alarms_a_then_b"])) > 0.5
