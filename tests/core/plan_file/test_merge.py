"""A plan file's words in a preset."""

from dataclasses import replace

import pytest

from labtui.core.gates import Gates
from labtui.core.plan_file import merged, parse_plan_file
from labtui.core.presets import PRESETS, Order, Preset
from labtui.core.protocol import Measure
from labtui.core.readings import ThermalStatus
from labtui.core.stopping import Stop, Until

QUICK, ARTICLE = PRESETS["quick"], PRESETS["article"]


def said(text: str, base: Preset = QUICK) -> Preset:
    return merged(base, parse_plan_file(text, needs_variants=False))


@pytest.mark.parametrize("base", PRESETS.values(), ids=list(PRESETS))
def test_a_file_that_says_nothing_changes_nothing(base: Preset) -> None:
    assert base == said("[plan]\nseed = 3\n", base)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[protocol]\nruns = 7\n", replace(QUICK, measure=Measure(runs=7))),
        ("[protocol]\nseconds = 0.5\n", replace(QUICK, measure=Measure(seconds=0.5))),
        (
            '[protocol]\nlaunches = 9\norder = "sequential"\nrate_hz = 30\ncontrol_runs = 5\n',
            replace(QUICK, launches=9, order=Order.SEQUENTIAL, rate_hz=30, control_runs=5),
        ),
        (
            '[gates]\nband_c = 2\nmax_status = "light"\nwait_s = 5\n',
            replace(QUICK, gates=Gates(2, ThermalStatus.LIGHT, wait_s=5)),
        ),
        (
            '[stop]\nuntil = "decided"\nmargin = 0.05\nmax_minutes = 1.5\n',
            replace(QUICK, stop=Stop(Until.DECIDED, 0.05, 90.0)),
        ),
        ("[stop]\nmargin = 0.05\n", replace(QUICK, stop=Stop(margin=0.05))),
    ],
)
def test_what_it_says_goes_before_the_preset(text: str, expected: Preset) -> None:
    assert expected == said(text)


@pytest.mark.parametrize(
    ("text", "runs", "seconds"),
    [
        ("min_runs = 50", (50, 50), (0.0, 600.0)),
        ("max_runs = 10", (10, 10), (0.0, 600.0)),
        ("min_runs = 5\nmax_runs = 60", (5, 60), (0.0, 600.0)),
        ("min_s = 700", (30, 30), (700.0, 700.0)),
        ("max_s = 1", (30, 30), (0.0, 1.0)),
    ],
)
def test_a_limit_of_the_warm_up_makes_way_for_one_that_is_given(
    text: str, runs: tuple[int, int], seconds: tuple[float, float]
) -> None:
    warmup = said(f"[warmup]\n{text}\n", ARTICLE).warmup
    assert runs == (warmup.min_runs, warmup.max_runs)
    assert seconds == (warmup.min_s, warmup.max_s)


def test_an_own_preset_needs_no_variant() -> None:
    assert () == parse_plan_file("", needs_variants=False).variants
