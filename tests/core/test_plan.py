"""Schedules: balanced, reproducible, complete."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.model import DeviceId, Digest, EngineOptions, Tool, Variant, VariantFormat
from labtui.core.plan import (
    DoneLaunch,
    Plan,
    PlannedVariant,
    Skip,
    launch_count,
    needed_variants,
    remaining,
    schedule,
)
from labtui.core.presets import PRESETS, Order, preset
from labtui.errors import UsageError

PIXEL = DeviceId("android:pixel")
GALAXY = DeviceId("android:galaxy")


def planned(name: str) -> PlannedVariant:
    variant = Variant(
        f"{name}.tflite", name, "", VariantFormat.TFLITE, Digest(name * 64), 10, (), (), (), (), 0
    )
    return PlannedVariant(variant, EngineOptions())


def a_plan(variants: int = 2, launches: int = 4, **changes: object) -> Plan:
    plan = Plan(
        "p",
        tuple(planned(chr(97 + i)) for i in range(variants)),
        (PIXEL,),
        replace(PRESETS["quick"], launches=launches, profile_runs=0),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def test_two_variants_go_forth_and_back() -> None:
    turns = [spec.variant_index for spec in schedule(a_plan(2, 4), PIXEL)]
    a, b = turns[0], turns[1]
    assert [a, b, b, a] == turns[:4]
    assert turns[4:6] == turns[4:8][::-1][:2]


def test_an_interleaved_plan_of_the_history_unfolds_as_it_always_did() -> None:
    plan = a_plan(3, 4, seed=7)
    plan = replace(plan, preset=replace(plan.preset, order=Order.INTERLEAVED))
    specs = schedule(plan, PIXEL)
    assert [0, 1, 2, 2, 1, 0, 1, 0, 2, 2, 0, 1] == [spec.variant_index for spec in specs]
    assert [0] * 6 + [1] * 6 == [spec.block for spec in specs]


def test_sequential_order_is_all_of_one_then_the_next() -> None:
    plan = a_plan(2, 3)
    plan = replace(plan, preset=replace(plan.preset, order=Order.SEQUENTIAL))
    assert [spec.variant_index for spec in schedule(plan, PIXEL)] == [0, 0, 0, 1, 1, 1]


def test_launches_of_a_block_hold_every_variant_twice() -> None:
    blocks: dict[int, list[int]] = {}
    for spec in schedule(a_plan(3, 4), PIXEL):
        blocks.setdefault(spec.block, []).append(spec.variant_index)
    assert [sorted(turns) for turns in blocks.values()] == [[0, 0, 1, 1, 2, 2]] * 2


@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 99))
def test_every_variant_gets_its_launches_and_the_seed_decides_the_order(
    variants: int, launches: int, seed: int
) -> None:
    plan = a_plan(variants, launches, seed=seed)
    specs = schedule(plan, PIXEL)
    assert schedule(plan, PIXEL) == specs
    assert [spec.index for spec in specs] == list(range(variants * launches))
    counts = [sum(s.variant_index == v for s in specs) for v in range(variants)]
    assert counts == [launches] * variants


@given(st.integers(2, 5), st.integers(1, 4), st.integers(0, 99))
def test_linear_drift_falls_on_all_variants_alike(variants: int, pairs: int, seed: int) -> None:
    specs = schedule(a_plan(variants, 2 * pairs, seed=seed), PIXEL)
    positions = [sum(s.index for s in specs if s.variant_index == v) for v in range(variants)]
    assert len(set(positions)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"variants": ()}, "no variant"),
        ({"devices": ()}, "no device"),
        ({"devices": (PIXEL, PIXEL)}, "twice"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        replace(a_plan(), **changes)  # type: ignore[arg-type]


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"quick, standard, sustained-5m, sustained-30m, article"):
        preset("fast")


def test_a_comparison_of_two_variants_is_26_launches_of_3_s_each() -> None:
    standard = preset("standard")
    assert (26, 3.0, 1.0) == (standard.launches, standard.measure.seconds, standard.warmup.min_s)
    specs = schedule(replace(a_plan(2), preset=standard), PIXEL)
    assert (52, 13) == (len(specs), len({spec.block for spec in specs}))


def test_the_article_preset_is_exactly_30_and_200() -> None:
    article = preset("article")
    assert (article.warmup.min_runs, article.warmup.max_runs, article.measure.runs) == (30, 30, 200)


def test_a_tool_needs_android() -> None:
    tool = Tool("/x/benchmark_model", Digest("0" * 64), 9)
    assert tool == a_plan(tool=tool).tool
    with pytest.raises(UsageError, match="on Android only: leave out host:1"):
        a_plan(tool=tool, devices=(PIXEL, DeviceId("host:1")))


@given(
    st.integers(1, 4), st.integers(1, 5), st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19))
)
def test_what_is_left_after_two_sessions_is_the_schedule_without_what_they_did(
    variants: int, launches: int, first: set[int], second: set[int]
) -> None:
    plan = a_plan(variants, launches)
    expected = tuple(s for s in schedule(plan, PIXEL) if s.index not in first | second)
    rest: Plan | None = plan
    for done in (first, second):
        rest = rest and remaining(rest, [DoneLaunch(PIXEL, index) for index in done])
    assert expected == (schedule(rest, PIXEL) if rest else ())
    assert bool(expected) == (rest is not None)


def test_a_device_that_has_done_its_part_leaves_the_plan() -> None:
    plan = a_plan(1, 2, devices=(PIXEL, GALAXY))
    rest = remaining(plan, [DoneLaunch(PIXEL, 0), DoneLaunch(PIXEL, 1), DoneLaunch(GALAXY, 1)])
    assert rest is not None
    assert (GALAXY,) == rest.devices
    assert [0] == [spec.index for spec in schedule(rest, GALAXY)]


def test_only_variants_with_launches_left_are_needed() -> None:
    plan = a_plan(3, 2)
    done = [DoneLaunch(PIXEL, s.index) for s in schedule(plan, PIXEL) if s.variant_index == 1]
    rest = remaining(plan, done)
    assert rest is not None
    assert ["a", "c"] == [variant.name for variant in needed_variants(rest, PIXEL)]


def test_a_file_under_two_sets_of_options_is_needed_once() -> None:
    plan = a_plan(1)
    twice = (*plan.variants, PlannedVariant(plan.variants[0].variant, EngineOptions(threads=4)))
    assert ["a"] == [v.name for v in needed_variants(replace(plan, variants=twice), PIXEL)]


@pytest.mark.parametrize("order", Order)
def test_a_device_is_spared_what_it_cannot_run(order: Order) -> None:
    plan = a_plan(3, 2, devices=(PIXEL, GALAXY), skipped=(Skip(PIXEL, 1, "why"),))
    plan = replace(plan, preset=replace(plan.preset, order=order))
    assert {0, 2} == {spec.variant_index for spec in schedule(plan, PIXEL)}
    assert {0, 1, 2} == {spec.variant_index for spec in schedule(plan, GALAXY)}
    assert ["a", "c"] == [variant.name for variant in needed_variants(plan, PIXEL)]
    assert (4, 6) == (launch_count(plan, PIXEL), launch_count(plan, GALAXY))


def test_what_is_done_still_counts_as_launches() -> None:
    plan = a_plan(2, 2, done=(DoneLaunch(PIXEL, 0),))
    assert (3, 4) == (len(schedule(plan, PIXEL)), launch_count(plan, PIXEL))
