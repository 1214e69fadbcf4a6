"""What was different between two results."""

from dataclasses import replace

import pytest

from labtui.core.conditions import Conditions, conditions_of, differences
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid

LAUNCH = LaunchRow(
    launch=LaunchUid("1"),
    session=SessionUid("1"),
    device=DeviceId("android:1"),
    device_name="Pixel 7 Pro",
    soc="Tensor G2",
    os_version="Android 14",
    build="UP1A",
    is_virtual=False,
    model="net",
    recipe="fp16",
    digest=Digest("0" * 64),
    block=0,
    index=0,
    started_us=0,
    ended_us=1,
    outcome=Outcome.DONE,
    cause="",
    engine="LiteRT 2.3.0",
    runner="labtui-runner 0.1.0",
    accelerator_asked="gpu",
    placement="gpu 12",
    threads=4,
    init_ns=None,
    first_ns=None,
    warmup_count=0,
    summary=None,
    start_temp_c=30.0,
    end_temp_c=31.0,
    was_throttled=False,
)
CONDITIONS = conditions_of([LAUNCH])


def test_the_conditions_of_launches() -> None:
    others = (
        LAUNCH,
        replace(LAUNCH, build="UP1B", start_temp_c=34.0, was_throttled=None),
        replace(LAUNCH, start_temp_c=None, affinity=0xF0, xnnpack=False),
    )
    assert conditions_of(others) == Conditions(
        "real",
        "Pixel 7 Pro, Tensor G2",
        "Android 14 (UP1A) and Android 14 (UP1B)",
        "LiteRT 2.3.0",
        "labtui-runner 0.1.0",
        "gpu, 4 threads and gpu, 4 threads, CPUs f0, no XNNPACK",
        "its own",
        "gpu 12",
        32.0,
        "unknown",
    )


CHANGES = [
    ({"build": "UP1B"}, "system: Android 14 (UP1A) against Android 14 (UP1B)"),
    ({"engine": "LiteRT 2.2.0"}, "engine: LiteRT 2.3.0 against LiteRT 2.2.0"),
    ({"is_virtual": True}, "origin: real against virtual"),
    ({"is_imported": True}, "origin: real against imported"),
    ({"threads": 1}, "options: gpu, 4 threads against gpu, 1 thread"),
    (
        {"settings": ("power/fixed_performance_mode=true", "system/screen_brightness=10")},
        "settings: its own against power/fixed_performance_mode=true, system/screen_brightness=10",
    ),
    ({"was_throttled": True}, "throttled: no against yes"),
    ({"start_temp_c": 34.0}, "temperature at start: 30.0 °C against 34.0 °C"),
]


@pytest.mark.parametrize(("changed", "text"), CHANGES)
def test_what_matters_is_named(changed: dict[str, object], text: str) -> None:
    other = conditions_of([replace(LAUNCH, **changed)])  # type: ignore[arg-type]
    assert [text] == [found.text for found in differences(CONDITIONS, other)]


@pytest.mark.parametrize(
    "changed",
    [{"start_temp_c": 32.9}, {"start_temp_c": None}, {"was_throttled": None}, {"engine": ""}, {}],
)
def test_what_does_not_matter_or_is_unknown(changed: dict[str, object]) -> None:
    other = conditions_of([replace(LAUNCH, **changed)])  # type: ignore[arg-type]
    assert () == differences(CONDITIONS, other)
