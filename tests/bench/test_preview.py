"""The preview warns of what would spoil a run."""

from dataclasses import replace

import pytest

from labtui.bench.preview import engine_words, preview
from labtui.core.inspection.facts import Inspection, OpGroup
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    Platform,
    Tool,
)
from labtui.core.plan import PlannedVariant, Skip
from labtui.core.readings import (
    Battery,
    ClusterClock,
    Reading,
    SensorKind,
    Temperature,
    ThermalStatus,
)
from tests.bench.fakes import a_plan, snapshot, variant

ONE = DeviceId("android:1")
READY = snapshot(ONE)


def with_reading(**fields: object) -> DeviceSnapshot:
    return replace(READY, reading=Reading(0, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("device", "warning"),
    [
        (replace(READY, state=DeviceState.UNAUTHORIZED, cure="Tap Allow."), "Tap Allow."),
        (replace(READY, free_bytes=5), "not enough free space"),
        (with_reading(battery=Battery(level_percent=12)), "battery at 12 %"),
        (with_reading(thermal_status=ThermalStatus.SEVERE), "throttled already"),
        (with_reading(clocks=(ClusterClock("p", 1, 1, 2),)), "throttled already"),
        (with_reading(temperatures=(Temperature("s", SensorKind.SKIN, 39.6),)), "warm (40 °C)"),
    ],
)
def test_a_device_that_would_spoil_the_run_is_warned_of(
    device: DeviceSnapshot, warning: str
) -> None:
    (found,) = preview(a_plan([ONE]), [device]).warnings
    assert warning in found


def test_a_cool_charged_phone_with_room_gets_no_warning() -> None:
    assert preview(a_plan([ONE]), [replace(READY, free_bytes=10**9)]).warnings == ()


def test_a_pair_that_is_left_out_is_named_with_its_reason() -> None:
    plan = replace(a_plan([ONE], "ab"), skipped=(Skip(ONE, 1, "it does not run there"),))
    shown = preview(plan, [READY])
    assert (f"{READY.name}: b: it does not run there",) == shown.left_out
    assert ({0}, 10) == (set(shown.devices[0].order), shown.push_bytes)


def test_a_variant_that_may_fail_is_warned_of() -> None:
    ops = (OpGroup("CUSTOM FlexErf", 1, "float32", 1),)
    risky = replace(variant("x"), inspection=Inspection(3, ops, ()))
    plan = replace(a_plan([ONE]), variants=(PlannedVariant(risky, EngineOptions()),))
    (warning,) = preview(plan, [replace(READY, free_bytes=10**9)]).warnings
    assert f"{READY.name}: x needs FlexErf, which stock LiteRT lacks" in warning


def test_bytes_count_each_variant_once_per_phone_and_none_for_the_host() -> None:
    host = replace(READY, id=DeviceId("host:1"), platform=Platform.HOST)
    plan = a_plan([ONE, host.id], "ab", preset="quick")
    assert [d.push_bytes for d in preview(plan, [READY, host]).devices] == [20, 0]
    assert preview(plan, [READY, host]).push_bytes == 20


def test_the_order_shown_is_the_schedule() -> None:
    (device,) = preview(a_plan([ONE], "ab", preset="quick"), [READY]).devices
    assert sorted(device.order) == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        (EngineOptions(), ()),
        (EngineOptions("gpu"), ("gpu",)),
        (EngineOptions("cpu", 4, 0xF0, xnnpack=False), ("4 threads", "CPUs f0", "no XNNPACK")),
    ],
)
def test_how_variants_are_executed_is_said_where_it_is_unusual(
    engine: EngineOptions, words: tuple[str, ...]
) -> None:
    assert words == engine_words(engine)


def test_passes_and_tool_are_part_of_the_preview() -> None:
    plan = a_plan([ONE])
    chosen = replace(plan.preset, profile_runs=6, control_runs=20)
    tool = Tool("/x/benchmark_model", Digest("0" * 64), 1000)
    shown = preview(replace(plan, preset=chosen, tool=tool), [READY])
    words = ("measured by benchmark_model", "control run of 20", "profiling pass of 6")
    assert [True] * 3 == [p.startswith(w) for p, w in zip(shown.passes, words, strict=True)]
    assert (1010, True) == (shown.push_bytes, shown.duration_s > preview(plan, [READY]).duration_s)
