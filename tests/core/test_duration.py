"""How long a plan takes, about."""

from dataclasses import replace

import pytest

from labtui.core.duration import expected_duration_s, expected_passes_s
from labtui.core.model import DeviceId
from labtui.core.plan import DoneLaunch, Plan, remaining, schedule
from tests.bench.fakes import a_plan
from tests.eval_sets import eval_set

PIXEL = DeviceId("android:pixel")


def with_launches(launches: int, profile_runs: int = 0, control_runs: int = 0) -> Plan:
    plan = a_plan([PIXEL], "ab", "quick")
    preset = replace(
        plan.preset, launches=launches, profile_runs=profile_runs, control_runs=control_runs
    )
    return replace(plan, preset=preset)


def test_more_launches_take_longer() -> None:
    assert expected_duration_s(with_launches(8)) == 2 * expected_duration_s(with_launches(4))


def test_what_is_done_takes_no_time() -> None:
    plan = with_launches(4)
    rest = remaining(plan, [DoneLaunch(PIXEL, spec.index) for spec in schedule(plan, PIXEL)[:4]])
    assert rest is not None
    assert expected_duration_s(plan) == 2 * expected_duration_s(rest)


def test_passes_after_the_first_launch_take_time_once() -> None:
    usual, more = with_launches(4), with_launches(4, profile_runs=10, control_runs=20)
    extra_s = 2 * expected_passes_s(more.preset)
    assert expected_duration_s(usual) + extra_s == pytest.approx(expected_duration_s(more))
    assert 0.0 == expected_passes_s(usual.preset)
    assert extra_s > 2.0


def test_checks_and_evaluations_take_time_by_their_items() -> None:
    usual = with_launches(4)
    scored = replace(
        usual,
        variants=tuple(replace(planned, check=0, evaluate=0) for planned in usual.variants),
        eval_sets=(eval_set("a", "b", count=1_000),),
    )
    extra_s = expected_duration_s(scored) - expected_duration_s(usual)
    fewer_s = expected_duration_s(replace(scored, eval_items=500)) - expected_duration_s(usual)
    assert 2 * 500 * 0.02 == pytest.approx(extra_s - fewer_s)
    assert extra_s > 2 * 1_000 * 0.02
