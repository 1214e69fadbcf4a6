"""Alarms: far from history, like the control run; and what is no alarm."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.accuracy import Golden, Health, Score, Tally
from labtui.core.model import Digest
from labtui.core.plausibility import (
    Alarm,
    AlarmKind,
    Past,
    control_alarm,
    history_alarm,
    outputs_alarm,
)
from labtui.core.protocol import Control

MS = 1_000_000
STEADY = Past((20 * MS, 21 * MS, 22 * MS), 6)
SCATTERED = Past((20 * MS, 21 * MS, 60 * MS), 3)


@pytest.mark.parametrize(
    ("p50_ms", "past", "kind"),
    [
        (21, STEADY, None),
        (31.4, STEADY, None),
        (31.6, STEADY, AlarmKind.SLOWER_THAN_HISTORY),
        (14.1, STEADY, None),
        (13.9, STEADY, AlarmKind.FASTER_THAN_HISTORY),
        (55, SCATTERED, None),
        (61, SCATTERED, AlarmKind.SLOWER_THAN_HISTORY),
        (99, Past((20 * MS,), 2), None),
        (99, Past((20 * MS,), 3), AlarmKind.SLOWER_THAN_HISTORY),
        (99, Past(), None),
    ],
)
def test_far_from_history_is_an_alarm(p50_ms: float, past: Past, kind: AlarmKind | None) -> None:
    alarm = history_alarm(p50_ms * MS, past, was_throttled=None)
    assert kind == (alarm and alarm.kind)


def test_an_alarm_gives_its_numbers() -> None:
    assert Alarm(
        AlarmKind.SLOWER_THAN_HISTORY,
        "The median of 42 ms is 2.0 times the usual 21 ms (6 launches in 3 earlier sessions).",
    ) == history_alarm(42 * MS, STEADY, was_throttled=False)
    assert Alarm(
        AlarmKind.FASTER_THAN_HISTORY,
        "The median of 5.25 ms is only 25 % of the usual 21 ms (3 launches in 1 earlier session).",
    ) == history_alarm(5.25 * MS, Past((21 * MS,), 3), was_throttled=False)


def test_throttling_explains_what_is_slow_but_not_what_is_fast() -> None:
    slow = history_alarm(42 * MS, STEADY, was_throttled=True)
    assert slow is not None
    assert AlarmKind.SLOWED_BY_THROTTLING is slow.kind
    assert slow.text.endswith(": the device was throttled.")
    fast = history_alarm(5 * MS, STEADY, was_throttled=True)
    assert fast is not None
    assert AlarmKind.FASTER_THAN_HISTORY is fast.kind


@given(st.lists(st.floats(1, 1e12), min_size=1, max_size=20), st.integers(3, 99))
def test_what_was_seen_before_is_never_an_alarm(p50s_ns: list[float], launches: int) -> None:
    past = Past(tuple(p50s_ns), launches)
    for p50_ns in p50s_ns:
        assert history_alarm(p50_ns, past, was_throttled=None) is None


@pytest.mark.parametrize(
    ("p50_ms", "asked", "unit", "is_alarm"),
    [
        (10, "gpu", "cpu", False),
        (17.9, "gpu", "cpu", False),
        (18.1, "gpu", "cpu", True),
        (40, "npu", "cpu", True),
        (20, "cpu", "cpu", False),
    ],
)
def test_an_accelerator_is_faster_than_the_control_run(
    p50_ms: float, asked: str, unit: str, is_alarm: bool
) -> None:
    control = Control(0, unit, "XNNPACK", (19 * MS, 20 * MS, 90 * MS))
    assert is_alarm is (control_alarm(p50_ms * MS, asked, control) is not None)


def test_the_control_runs_alarm_gives_its_numbers() -> None:
    alarm = control_alarm(21 * MS, "gpu", Control(0, "cpu", "XNNPACK", (20 * MS,)))
    assert alarm == Alarm(
        AlarmKind.LIKE_CONTROL,
        "The gpu was asked for, but the median of 21 ms is no better than the 20 ms of the "
        "control run on the cpu: the gpu did not do the work.",
    )


def test_a_control_run_of_nothing_says_nothing() -> None:
    assert control_alarm(21 * MS, "gpu", Control(0, "cpu", "", ())) is None


SOUND = Score(Digest("0" * 64), Tally(8, 8, 8), Golden(8, 43.0, 8), Health.OK)


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (SOUND, None),
        (
            replace(SOUND, health=Health.UNLIKE_REFERENCE, golden=Golden(8, 0.04, 3)),
            (
                "The outputs are unlike those of the float model: an SNR of 0.0 dB (10 dB or more "
                "is sound), 3 of 8 golden items predicted alike."
            ),
        ),
        (
            replace(SOUND, health=Health.NAN, golden=Golden(1, None, 0)),
            (
                "The outputs hold numbers that are not finite: no SNR (10 dB or more is sound), "
                "0 of 1 golden item predicted alike."
            ),
        ),
        (
            replace(SOUND, health=Health.GUESSING, golden=None, tally=Tally(1000, 12, 50)),
            "The accuracy cannot be told from guessing: 12 of 1000 items right.",
        ),
    ],
)
def test_outputs_that_cannot_be_right_are_an_alarm(score: Score, text: str | None) -> None:
    alarm = outputs_alarm(score)
    assert (text and Alarm(AlarmKind.BROKEN_OUTPUTS, text)) == alarm
