"""Readings: unknown is a value."""

import pytest

from labtui.core.readings import (
    Battery,
    ClusterClock,
    Reading,
    SensorKind,
    Temperature,
    ThermalStatus,
)


def temperature(kind: SensorKind, temp_c: float) -> Temperature:
    return Temperature(kind.value, kind, temp_c)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(0), None),
        (Reading(0, battery=Battery(temp_c=28.0)), 28.0),
        (Reading(0, (temperature(SensorKind.CPU, 60.0),)), 60.0),
        (
            Reading(0, (temperature(SensorKind.CPU, 60.0), temperature(SensorKind.SKIN, 35.0))),
            35.0,
        ),
        (
            Reading(0, (temperature(SensorKind.SKIN, 31.0), temperature(SensorKind.SKIN, 35.0))),
            35.0,
        ),
    ],
)
def test_the_headline_is_what_throttling_follows(reading: Reading, expected: float | None) -> None:
    assert reading.headline_c == expected


FULL = ClusterClock("policy0", 300, 1000, 1000)
CAPPED = ClusterClock("policy4", 300, 500, 2000)
BLIND = ClusterClock("policy6", None, None, None)


@pytest.mark.parametrize(
    ("status", "clocks", "expected"),
    [
        (None, (), None),
        (None, (BLIND,), None),
        (ThermalStatus.NONE, (), False),
        (None, (FULL,), False),
        (ThermalStatus.LIGHT, (FULL,), True),
        (ThermalStatus.NONE, (FULL, CAPPED), True),
        (None, (CAPPED, BLIND), True),
    ],
)
def test_throttled_is_yes_no_or_unknown(
    status: ThermalStatus | None, clocks: tuple[ClusterClock, ...], expected: bool | None
) -> None:
    assert Reading(0, thermal_status=status, clocks=clocks).is_throttled is expected


def test_the_tightest_cluster_counts() -> None:
    assert Reading(0, clocks=(FULL, CAPPED)).clock_limit_ratio == 0.25
