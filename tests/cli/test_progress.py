"""What a person sees while a plan runs headless."""

from pathlib import Path

import pytest

from labtui.cli.progress import progress_for
from labtui.cli.settings import Settings
from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    RunnerReported,
)
from labtui.core.model import EngineOptions, LaunchUid
from labtui.core.placement import PlacedPart, Placement
from labtui.core.plan import PRESETS, LaunchSpec, Plan, PlannedVariant
from labtui.core.plausibility import AlarmKind
from labtui.core.stats import summarise
from tests.tui.fakes import SESSION, START_US, phones, variant

PHONE = phones(1)[0]
LAUNCH = LaunchUid("L")
FILE = variant("fp32")
PLAN = Plan("p", (PlannedVariant(FILE, EngineOptions("gpu")),), (PHONE.id,), PRESETS["quick"])
ON_CPU = (PlacedPart("cpu", "XNNPACK", 69),)
EVENTS: tuple[BenchEvent, ...] = (
    PushEnded(PHONE.id, FILE.digest, 2_000_000, 0.5, was_there=False),
    PushEnded(PHONE.id, FILE.digest, 2_000_000, 0.5, was_there=True),
    LaunchStarted(LAUNCH, SESSION, PHONE.id, LaunchSpec(0, 0, 0), START_US),
    RunnerReported(LAUNCH, PHONE.id, Placement("gpu", ON_CPU)),
    RunnerReported(LAUNCH, PHONE.id, Placement("cpu", ON_CPU)),
    LaunchEnded(LAUNCH, PHONE.id, Outcome.DONE, "", summarise([2_000_000]), START_US),
    AlarmRaised(LAUNCH, PHONE.id, AlarmKind.LIKE_CONTROL, "No faster than on the CPU."),
    DeviceEnded(PHONE.id, Outcome.FAILED, "The cable was pulled."),
)


def shown(capsys: pytest.CaptureFixture[str], *, is_verbose: bool) -> list[str]:
    settings = Settings(Path("x"), Path("x"), virtual=None, verbose=is_verbose)
    show = progress_for(PLAN, (PHONE,), settings)
    for event in EVENTS:
        show(event)
    return capsys.readouterr().err.splitlines()


def test_each_push_launch_fallback_alarm_and_failure_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [
        "Pixel 7 Pro: pushed 2.0 MB at 4.0 MB/s",
        "Pixel 7 Pro: 1/2 mobilenet_v2 fp32  FELL BACK: gpu asked, cpu XNNPACK 69 used",
        "Pixel 7 Pro: 1/2 mobilenet_v2 fp32  p50 2.000 ms  n 1",
        "Pixel 7 Pro: No faster than on the CPU.",
        "Pixel 7 Pro: The cable was pulled.",
    ] == shown(capsys, is_verbose=True)


def test_a_pipe_sees_failures_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert ["Pixel 7 Pro: The cable was pulled."] == shown(capsys, is_verbose=False)
