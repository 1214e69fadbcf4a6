"""Checks before what is measured, evaluations after it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.evalset import EvalSet
from labtui.core.model import DeviceId, Digest, Tool
from labtui.core.plan import (
    DoneLaunch,
    EvalTask,
    LaunchSpec,
    Plan,
    Purpose,
    Skip,
    eval_task,
    needed_eval_sets,
    needed_variants,
    remaining,
    schedule,
)
from labtui.errors import UsageError
from tests.bench.fakes import a_plan
from tests.eval_sets import GOLDEN_ITEMS, eval_set

PIXEL = DeviceId("android:pixel")
CHECK, MEASURE, EVALUATE = Purpose.CHECK, Purpose.MEASURE, Purpose.EVALUATE
SET, OTHER = eval_set("a", "b"), eval_set(count=99, name="f")


def scored(
    checks: dict[int, int], evaluations: dict[int, int], sets: tuple[EvalSet, ...] = (SET, OTHER)
) -> Plan:
    """Return a plan of three variants; variant index -> number of its eval set."""
    plan = a_plan([PIXEL], "abc", "quick")
    variants = tuple(
        replace(planned, check=checks.get(i), evaluate=evaluations.get(i))
        for i, planned in enumerate(plan.variants)
    )
    return replace(plan, variants=variants, eval_sets=sets)


def purposes(plan: Plan) -> list[tuple[Purpose, int]]:
    return [(spec.purpose, spec.variant_index) for spec in schedule(plan, PIXEL)]


def test_what_is_measured_stands_between_checks_and_evaluations() -> None:
    found = purposes(scored({0: 0, 1: 0}, {1: 1, 2: 0}))
    assert [(CHECK, 0), (CHECK, 1)] == found[:2]
    assert {MEASURE} == {purpose for purpose, _ in found[2:-2]}
    assert [(EVALUATE, 1), (EVALUATE, 2)] == found[-2:]


def test_a_plan_without_eval_sets_measures_only() -> None:
    plan = a_plan([PIXEL], "abc", "quick")
    assert [spec.index for spec in schedule(plan, PIXEL)] == list(range(6))
    assert {(MEASURE, 0)} == {(spec.purpose, spec.block) for spec in schedule(plan, PIXEL)}
    assert () == needed_eval_sets(plan, PIXEL)


@given(
    st.dictionaries(st.integers(0, 1), st.just(0)),
    st.dictionaries(st.integers(0, 2), st.integers(0, 1)),
)
def test_evaluating_leaves_the_measured_order_as_it_is(
    checks: dict[int, int], evaluations: dict[int, int]
) -> None:
    plan = scored(checks, evaluations)
    specs = schedule(plan, PIXEL)
    assert list(range(len(specs))) == [spec.index for spec in specs]
    measured = [(s.variant_index, s.block) for s in specs if s.purpose is MEASURE]
    plain = schedule(a_plan([PIXEL], "abc", "quick"), PIXEL)
    first = measured[0][1]
    assert [(s.variant_index, s.block + first) for s in plain] == measured
    by_block = {(spec.block, spec.purpose) for spec in specs}
    assert len({block for block, _ in by_block}) == len(by_block)


def test_a_check_runs_up_to_the_last_golden_item_and_an_evaluation_as_many_as_wanted() -> None:
    plan = replace(scored({0: 0}, {0: 1}), eval_items=40)
    tasks = [eval_task(plan, LaunchSpec(0, 0, 0, purpose)) for purpose in Purpose]
    assert [EvalTask(SET, GOLDEN_ITEMS[-1] + 1), None, EvalTask(OTHER, 40)] == tasks
    everything = eval_task(replace(plan, eval_items=None), LaunchSpec(0, 0, 0, EVALUATE))
    assert EvalTask(OTHER, 99) == everything
    more = eval_task(replace(plan, eval_items=500), LaunchSpec(0, 0, 0, EVALUATE))
    assert EvalTask(OTHER, 99) == more


def test_each_eval_set_that_launches_need_is_needed_once() -> None:
    assert (SET, OTHER) == needed_eval_sets(scored({0: 0, 1: 0}, {2: 1}), PIXEL)
    plan = scored({0: 0}, {2: 1})
    checked = remaining(plan, [DoneLaunch(PIXEL, 0)])
    assert checked is not None
    assert (OTHER,) == needed_eval_sets(checked, PIXEL)


def test_a_variant_that_is_only_left_to_be_scored_is_still_needed() -> None:
    plan = scored({}, {2: 0})
    done = [DoneLaunch(PIXEL, spec.index) for spec in schedule(plan, PIXEL)[:-1]]
    rest = remaining(plan, done)
    assert rest is not None
    assert ["c"] == [variant.name for variant in needed_variants(rest, PIXEL)]


def test_checks_alone_are_nothing_left_to_do() -> None:
    plan = scored({0: 0, 1: 0}, {0: 0})
    specs = schedule(plan, PIXEL)
    done = [DoneLaunch(PIXEL, spec.index) for spec in specs if spec.purpose is not CHECK]
    assert remaining(plan, done) is None
    rest = remaining(plan, done[:-1])
    assert rest is not None
    assert [(CHECK, 0), (EVALUATE, 0)] == purposes(rest)


def test_a_variant_that_is_left_out_is_neither_checked_nor_scored() -> None:
    plan = replace(scored({0: 0}, {0: 0}), skipped=(Skip(PIXEL, 0, "cannot"),))
    assert {1, 2} == {spec.variant_index for spec in schedule(plan, PIXEL)}


@pytest.mark.parametrize(
    ("checks", "evaluations", "sets", "sentence"),
    [
        ({0: 1}, {}, (SET,), "does not have"),
        ({}, {0: -1}, (SET,), "does not have"),
        ({2: 0}, {}, (SET,), "no reference outputs of c"),
        ({0: 0}, {}, (OTHER,), "no reference outputs of a"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(
    checks: dict[int, int],
    evaluations: dict[int, int],
    sets: tuple[EvalSet, ...],
    sentence: str,
) -> None:
    with pytest.raises(UsageError, match=sentence):
        scored(checks, evaluations, sets)


def test_a_score_needs_an_item() -> None:
    with pytest.raises(UsageError, match="on no item"):
        replace(scored({}, {0: 0}), eval_items=0)


def test_a_tool_cannot_run_an_eval_set() -> None:
    with pytest.raises(UsageError, match="benchmark_model cannot run an eval set"):
        replace(scored({}, {0: 0}), tool=Tool("/x", Digest("0" * 64), 9))
