"""Heat figures of long launches, from samples and readings as they are stored."""

import csv
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from labtui.core.heat import DriftCurve, Flip, Minute
from labtui.core.heat_report import Signal, Timeline, Told, launch_heat, race, timeline
from labtui.core.history import ReadingRow, SampleRow
from labtui.core.model import LaunchUid
from labtui.core.steady import Shape

LAUNCH = LaunchUid("L1")
START_NS = 5_000_000_000
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
UNKNOWN, NO = Signal(Told.UNKNOWN), Signal(Told.NO)


def samples(
    latencies_ms: list[float], period_s: float = 1.0, start_ns: int = START_NS
) -> Iterator[SampleRow]:
    """Yield one inference for each period."""
    for index, latency_ms in enumerate(latencies_ms):
        t_ns = start_ns + round(index * period_s * 1e9)
        yield SampleRow(LAUNCH, index, t_ns, round(latency_ms * 1e6), is_warmup=False)


def reading(
    after_s: float | None,
    *,
    temp_c: float | None = None,
    status: int | None = None,
    limit: float | None = None,
) -> ReadingRow:
    t_ns = None if after_s is None else START_NS + round(after_s * 1e9)
    return ReadingRow(LAUNCH, t_ns, temp_c, status, None, None, limit)


def measured(latencies_ms: list[float], period_s: float = 1.0) -> Timeline:
    found = timeline(samples(latencies_ms, period_s))
    assert found is not None
    return found


def wobbling(seconds: int, level_ms: float) -> list[float]:
    return [level_ms * (1 + 0.004 * (i * 31 % 7 - 3) / 3) for i in range(seconds)]


def test_minutes_are_medians() -> None:
    found = measured([10.0] * 60 + [12.0] * 60 + [11.0] * 31)
    assert (Minute(1, 10e6), Minute(2, 12e6), Minute(3, 11e6)) == found.minutes
    assert 151 == len(found.second_p50s_ns)


def test_what_is_left_of_a_last_minute_is_left_out() -> None:
    assert [1, 2] == [minute.number for minute in measured([10.0] * 140).minutes]
    assert [1] == [minute.number for minute in measured([10.0] * 20).minutes]


def test_warm_up_and_impossible_durations_do_not_count() -> None:
    warm = SampleRow(LAUNCH, 0, 0, 99_000_000, is_warmup=True)
    broken = SampleRow(LAUNCH, 1, START_NS, -5, is_warmup=False)
    found = timeline([warm, broken, *samples([10.0] * 60)])
    assert found is not None
    assert (START_NS, (Minute(1, 10e6),)) == (found.start_ns, found.minutes)
    assert timeline([warm, broken]) is None


def test_slow_inferences_fill_their_seconds() -> None:
    found = measured([2500.0] * 60, period_s=2.5)
    assert 148 == len(found.second_p50s_ns)


@pytest.mark.parametrize("jump_ns", [-(10**12), 10**13, 2**62])
def test_a_clock_that_jumps_makes_no_minutes(jump_ns: int) -> None:
    before = list(samples([10.0] * 90))
    after = list(samples([10.0] * 90, start_ns=START_NS + 90_000_000_000 + jump_ns))
    found = timeline([*before, *after])
    assert found is not None
    assert [1, 2, 3] == [minute.number for minute in found.minutes]


def test_endless_time_ends_after_a_day() -> None:
    found = measured([1.0] * 400, period_s=500.0)
    assert 86_400.0 == found.length_s


def test_memory_does_not_grow_with_the_run() -> None:
    def peak(minutes: int) -> int:
        tracemalloc.start()
        assert timeline(samples([10.0] * 2_000 * minutes, 0.03)) is not None
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most - minutes * 2_000 * 8  # the list that the test itself holds

    assert peak(6) < peak(2) + 100_000


def test_three_signals_with_their_times() -> None:
    found = measured(wobbling(120, 10.0) + wobbling(120, 13.0))
    told = [
        reading(10, temp_c=30.0, status=0, limit=1.0),
        reading(130, temp_c=38.0, status=2, limit=1.0),
        reading(150, temp_c=39.0, status=1, limit=0.8),
        reading(200, temp_c=40.0, status=99, limit=0.8),
    ]
    heat = launch_heat(found, told)
    assert Told.YES is heat.by_latency.told
    assert 120 == pytest.approx(heat.by_latency.after_s, abs=3)
    assert (Signal(Told.YES, 130), Signal(Told.YES, 150)) == (heat.by_status, heat.by_clock)
    assert heat.steadiness is not None
    assert Shape.SLOWDOWN is heat.steadiness.shape
    assert [30.0, None, 39.0, 40.0] == [minute.temp_c for minute in heat.curve.minutes]
    assert 1.3 == pytest.approx(heat.curve.sustained_ratio, rel=0.02)


@pytest.mark.parametrize(
    ("told", "status", "clock"),
    [
        ([], UNKNOWN, UNKNOWN),
        ([reading(5)], UNKNOWN, UNKNOWN),
        ([reading(5, status=0)], NO, UNKNOWN),
        ([reading(5, limit=1.0)], UNKNOWN, NO),
        ([reading(-5, status=1)], Signal(Told.YES, 0.0), UNKNOWN),
        ([reading(None, status=1)], Signal(Told.YES), UNKNOWN),
    ],
)
def test_what_nobody_says_is_unknown(told: list[ReadingRow], status: Signal, clock: Signal) -> None:
    heat = launch_heat(measured(wobbling(60, 10.0)), told)
    assert (status, clock) == (heat.by_status, heat.by_clock)


def test_latency_is_unknown_below_two_segments() -> None:
    assert UNKNOWN == launch_heat(measured([10.0] * 15), []).by_latency
    assert NO == launch_heat(measured(wobbling(60, 10.0)), []).by_latency


def curve(*p50s_ns: float) -> DriftCurve:
    return DriftCurve(tuple(Minute(i, ns) for i, ns in enumerate(p50s_ns, 1)))


def test_a_variant_that_only_wins_while_cold() -> None:
    found = race({"int8": curve(9, 9, 12, 13, 13), "fp16": curve(10, 10, 10, 10, 10)})
    assert Flip(3, "int8", "fp16") == found.only_cold
    assert {1: ("int8", "fp16"), 5: ("fp16", "int8")} == found.ranking


def test_a_lead_that_comes_back_is_none_of_the_cold() -> None:
    assert race({"a": curve(9, 12, 9), "b": curve(10, 10, 10)}).only_cold is None
    assert race({"a": curve(9, 9), "b": curve(10, 10)}).only_cold is None
    late = race({"a": curve(9, 12, 9, 12), "b": curve(10, 10, 10, 10)}).only_cold
    assert late is not None
    assert 4 == late.minute


def real_minutes(name: str) -> list[tuple[float, float]]:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip("the samples are not here")
    lines = [line for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
    return [
        (float(row["median_ms"]), float(row["battery_temp_c"])) for row in csv.DictReader(lines)
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sustained_pixel8pro_tensorG3_1280_30min.csv", Told.YES),
        ("sustained_pixel8pro_tensorG3_run1_7min.csv", Told.YES),
    ],
)
def test_real_long_runs_slow_down_by_latency(name: str, told: Told) -> None:
    minutes = real_minutes(name)
    latencies = [latency for median_ms, _ in minutes for latency in wobbling(60, median_ms)]
    readings = [reading(60 * i + 30, temp_c=temp_c) for i, (_, temp_c) in enumerate(minutes)]
    heat = launch_heat(measured(latencies), readings)
    assert told is heat.by_latency.told
    assert minutes[0][0] * 1e6 == pytest.approx(heat.curve.minutes[0].p50_ns, rel=0.01)
    assert [temp for _, temp in minutes] == [minute.temp_c for minute in heat.curve.minutes]
