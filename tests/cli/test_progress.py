"""What a person sees while a plan runs headless."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from labtui.cli.progress import progress_for
from labtui.cli.settings import Settings
from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    DeviceEnded,
    HygieneApplied,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    RunnerReported,
    Scored,
)
from labtui.core.hygiene import Kept
from labtui.core.model import Digest, EngineOptions, LaunchUid
from labtui.core.placement import PlacedPart, Placement
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant, Purpose
from labtui.core.plausibility import AlarmKind
from labtui.core.presets import PRESETS
from labtui.core.stats import summarise
from tests.tui.fakes import SESSION, START_US, phones, variant

PHONE = phones(1)[0]
LAUNCH = LaunchUid("L")
SET = Digest("e" * 64)
FILE = variant("fp32")
PLAN = Plan("p", (PlannedVariant(FILE, EngineOptions("gpu")),), (PHONE.id,), PRESETS["quick"])
ON_CPU = (PlacedPart("cpu", "XNNPACK", 69),)
EVENTS: tuple[BenchEvent, ...] = (
    PushEnded(PHONE.id, FILE.digest, 2_000_000, 0.5, was_there=False),
    PushEnded(PHONE.id, FILE.digest, 2_000_000, 0.5, was_there=True),
    HygieneApplied(PHONE.id, (Kept("system/screen_brightness", "10"),)),
    LaunchStarted(LAUNCH, SESSION, PHONE.id, LaunchSpec(0, 0, 0), START_US),
    RunnerReported(LAUNCH, PHONE.id, Placement("gpu", ON_CPU)),
    RunnerReported(LAUNCH, PHONE.id, Placement("cpu", ON_CPU)),
    LaunchEnded(LAUNCH, PHONE.id, Outcome.DONE, "", summarise([2_000_000]), START_US),
    AlarmRaised(LAUNCH, PHONE.id, AlarmKind.LIKE_CONTROL, "No faster than on the CPU."),
    DeviceEnded(PHONE.id, Outcome.FAILED, "The cable was pulled."),
)


def shown(
    capsys: pytest.CaptureFixture[str],
    events: Iterable[BenchEvent] = EVENTS,
    *,
    is_verbose: bool = True,
) -> list[str]:
    settings = Settings(Path("x"), Path("x"), virtual=None, verbose=is_verbose)
    show = progress_for(PLAN, (PHONE,), settings)
    for event in events:
        show(event)
    return capsys.readouterr().err.splitlines()


def test_each_push_launch_fallback_alarm_and_failure_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [
        "Pixel 7 Pro: pushed 2.0 MB at 4.0 MB/s",
        "Pixel 7 Pro: in force: brightness 10",
        "Pixel 7 Pro: 1/2 mobilenet_v2 fp32  FELL BACK: gpu asked, cpu XNNPACK 69 used",
        "Pixel 7 Pro: 1/2 mobilenet_v2 fp32  p50 2.000 ms  n 1",
        "Pixel 7 Pro: No faster than on the CPU.",
        "Pixel 7 Pro: The cable was pulled.",
    ] == shown(capsys, is_verbose=True)


@pytest.mark.parametrize(
    ("purpose", "score", "line"),
    [
        (
            Purpose.CHECK,
            Score(SET, Tally(8, 8, 8), Golden(8, 38.5, 8), Health.OK),
            "1/2 check mobilenet_v2 fp32  ok  top-1 100.0 % [67.6, 100.0] of 8  SNR 38.5 dB",
        ),
        (
            Purpose.EVALUATE,
            Score(SET, Tally(812, 756, 800), None, Health.OK),
            "1/2 evaluate mobilenet_v2 fp32  ok  top-1 93.1 % [91.1, 94.7] of 812",
        ),
        (
            Purpose.CHECK,
            Score(SET, Tally(8, 0, 0), Golden(8, None, 0), Health.NAN),
            "1/2 check mobilenet_v2 fp32  BROKEN  top-1 0.0 % [0.0, 32.4] of 8",
        ),
    ],
)
def test_checks_and_evaluations_say_what_they_found(
    capsys: pytest.CaptureFixture[str], purpose: Purpose, score: Score, line: str
) -> None:
    spec = LaunchSpec(0, 0, 0, purpose)
    events = (
        LaunchStarted(LAUNCH, SESSION, PHONE.id, spec, START_US),
        Scored(LAUNCH, PHONE.id, score, Predictions((), (), ())),
        LaunchEnded(LAUNCH, PHONE.id, Outcome.DONE, "", None, START_US),
    )
    assert [f"Pixel 7 Pro: {line}"] == shown(capsys, events)


def test_a_pipe_sees_failures_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert ["Pixel 7 Pro: The cable was pulled."] == shown(capsys, is_verbose=False)
