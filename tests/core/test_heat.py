"""What a person reads off the minutes of a long run."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from labtui.core.heat import DriftCurve, Flip, Minute, flips, rankings
from labtui.core.readings import ThermalStatus

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
STATUS = {status.name: status for status in ThermalStatus}
RUNS = [
    "sustained_galaxym53_dimensity900_30min.csv",
    "sustained_galaxys24fe_exynos2400e_30min.csv",
    "sustained_pixel8pro_tensorG3_1280_30min.csv",
    "sustained_pixel8pro_tensorG3_run1_7min.csv",
]


def curve(*p50_ns: float, temps: tuple[float, ...] = ()) -> DriftCurve:
    pairs = zip(p50_ns, temps or [None] * len(p50_ns), strict=True)
    return DriftCurve(tuple(Minute(i, ns, temp) for i, (ns, temp) in enumerate(pairs, 1)))


def read(name: str) -> DriftCurve:
    if not (SAMPLES / name).is_file():
        pytest.skip("the samples are not here")
    lines = [line for line in (SAMPLES / name).read_text().splitlines() if line[0] != "#"]
    return DriftCurve(
        tuple(
            Minute(
                int(row["minute"]),
                float(row["median_ms"]) * 1e6,
                float(row["battery_temp_c"]),
                ThermalStatus[row["thermal"]]
                if row["thermal"] in ThermalStatus.__members__
                else None,
            )
            for row in csv.DictReader(lines)
        )
    )


@pytest.mark.parametrize("name", RUNS)
def test_real_phones(name: str) -> None:
    found = read(name)
    wanted: dict[str, Any] = json.loads((SAMPLES / "EXPECTED.json").read_text())["sustained"][name]
    said = {
        "minute1": found.minutes[0].p50_ns / 1e6,
        "ratio5": round(found.ratio(5) or 0, 2),
        "ratio10": round(found.ratio(10) or 0, 2),
        "ratio_last": round(found.last_ratio, 2),
        "ratio_last10_median": round(found.sustained_ratio, 2),
        "first_minute_median_over_110pct": found.first_slow_minute,
        "first_status_not_none": found.first_hot_minute,
    }
    assert wanted == {key: said[key] for key in wanted}


def test_a_flat_run() -> None:
    found = curve(10, 10, 10)
    assert (1.0, 1.0, None, None) == (
        found.last_ratio,
        found.sustained_ratio,
        found.first_slow_minute,
        found.first_hot_minute,
    )
    assert found.ratio(4) is None


def test_a_run_of_one_minute() -> None:
    assert 1.0 == curve(7).sustained_ratio


def test_latency_against_temperature() -> None:
    assert curve(100, 110, 120, temps=(30, 31, 32)).per_degree == pytest.approx(0.1)
    assert curve(100, 110, 120, temps=(30, 30.2, 30.4)).per_degree is None
    assert curve(100, 110).per_degree is None


COLD, STEADY = curve(8, 9, 11, 12, 12), curve(10, 10, 10, 10, 10)


def test_who_only_wins_while_cold() -> None:
    curves = {"cold": COLD, "steady": STEADY}
    assert {1: ("cold", "steady"), 5: ("steady", "cold")} == rankings(curves)
    assert (Flip(3, "cold", "steady"),) == flips(curves)


def test_a_hair_is_no_lead() -> None:
    assert () == flips({"a": curve(10, 10.05, 10), "b": curve(10.05, 10, 10.05)})


def test_only_minutes_that_all_have_are_compared() -> None:
    assert {1: ("cold", "steady")} == rankings({"cold": curve(8, 9), "steady": STEADY})
    assert () == flips({"cold": curve(8, 9), "steady": STEADY})
    assert () == flips({})
