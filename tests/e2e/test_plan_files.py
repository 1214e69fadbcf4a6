"""Plans as files on virtual phones: gates, the canary and an early end, to the history and back."""

import json
from pathlib import Path

import pytest

from labtui.resources import demo_data
from tests.e2e.rig import Labtui

PIXEL = "pixel-7-pro"
VARIANTS = demo_data() / "variants"
PLAN = f"""\
[plan]
name = "release"
seed = 3
devices = ["pixel*"]
canary = "demo"

[[variant]]
file = "{VARIANTS / "pairs_mbv2.fp32.tflite"}"

[[variant]]
file = "{VARIANTS / "pairs_vit.fp32.tflite"}"

[warmup]
min_runs = 2
max_runs = 2

[protocol]
runs = 5
launches = 500
profile_runs = 0

[stop]
max_minutes = 0.1
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.mark.slow
def test_a_plan_file_runs_until_its_time_is_up(labtui: Labtui, plan: Path) -> None:
    result = labtui.run("--json", "--virtual", PIXEL, "run", "--plan", plan)
    assert 0 == result.returncode, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    (enough,) = [e["event"] for e in events if e["kind"] == "measured_enough"]
    rounds = enough["rounds"]
    assert 2 <= rounds < 500
    assert not enough["is_decided"]
    canaries = [e["event"]["after_block"] for e in events if e["kind"] == "canary_measured"]
    assert (rounds // 2 + 1, None) == (len(canaries), canaries[0])
    results = events[-1]
    assert [rounds, rounds] == [row["launches"] for row in results["results"]]
    said = f"stopped after {rounds} launches of each variant: the time limit was reached"
    assert said in [mark["text"] for mark in results["marks"]]
    resumed = labtui.run("--virtual", PIXEL, "run", "--resume", "last")
    assert "has nothing left to do" in resumed.stderr


def test_a_low_battery_is_waited_for_and_told(labtui: Labtui, plan: Path, tiny: Path) -> None:
    plan.write_text("[plan]\npreset = 'quick'\n[gates]\nmin_battery_percent = 100\nwait_s = 0.5\n")
    words = ["--runs", "3", "--launches", "1"]
    result = labtui.run("--virtual", PIXEL, "--verbose", "run", tiny, "--preset", plan, *words)
    assert 0 == result.returncode, result.stderr
    assert "Pixel 7 Pro: waiting: its battery is at" in result.stderr
    assert "s and began all the same: its battery is at" in result.stderr
    shown = labtui.json("history", "show", "last")
    assert 1 == len(shown["marks"])
