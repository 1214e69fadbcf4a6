"""When a block waits, and what for."""

import pytest

from labtui.core.gates import Gates, shut
from labtui.core.readings import Battery, Reading, SensorKind, Temperature, ThermalStatus


def reading(
    temp_c: float | None = 30.0,
    status: ThermalStatus | None = ThermalStatus.NONE,
    percent: int | None = 80,
    *,
    is_charging: bool | None = True,
) -> Reading:
    temperatures = () if temp_c is None else (Temperature("skin", SensorKind.SKIN, temp_c),)
    return Reading(0, temperatures, status, Battery(percent, is_charging=is_charging))


BAND = Gates(band_c=2.0)
CASES = [
    (BAND, reading(31.9), []),
    (BAND, reading(32.1), ["it is 2.1 °C warmer than at the start (30.0 °C)"]),
    (BAND, reading(27.0), ["it is 3.0 °C colder than at the start (30.0 °C)"]),
    (Gates(), reading(45.0), []),
    (Gates(), reading(status=ThermalStatus.MODERATE), []),
    (Gates(), reading(status=ThermalStatus.SEVERE), ["its thermal status is severe"]),
    (Gates(), reading(percent=15), []),
    (Gates(), reading(percent=14), ["its battery is at 14 %"]),
    (Gates(), reading(is_charging=False), ["it has stopped charging"]),
    (Gates(max_status=None), reading(status=ThermalStatus.SHUTDOWN), []),
    (Gates(min_battery_percent=None, keeps_power=False), reading(percent=1, is_charging=False), []),
    (
        BAND,
        reading(40.0, ThermalStatus.CRITICAL, 3, is_charging=False),
        [
            "it is 10.0 °C warmer than at the start (30.0 °C)",
            "its thermal status is critical",
            "its battery is at 3 %",
            "it has stopped charging",
        ],
    ),
]


@pytest.mark.parametrize(("gates", "now", "clauses"), CASES)
def test_why_a_block_waits(gates: Gates, now: Reading, clauses: list[str]) -> None:
    assert tuple(clauses) == shut(gates, now, reading())


def test_charging_that_begins() -> None:
    first = reading(is_charging=False)
    assert ("it is charging, and was not at the start",) == shut(Gates(), reading(), first)


@pytest.mark.parametrize("first", [None, Reading(0), reading()])
def test_what_cannot_be_read_keeps_no_gate_shut(first: Reading | None) -> None:
    assert () == shut(BAND, Reading(0), first)
    assert () == shut(BAND, reading(None, None, None, is_charging=None), first)


def test_the_first_block_has_nothing_to_keep_to() -> None:
    assert () == shut(BAND, reading(50.0, is_charging=False), None)
