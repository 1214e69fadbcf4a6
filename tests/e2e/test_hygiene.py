"""A phone's own settings come back, however the run that changed them has ended."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import adbutils
import pytest

from tests.e2e.rig import TIMEOUT_S, Labtui, Phones, environment, serve

PIXEL, GALAXY = "pixel-7-pro", "galaxy-s23-ultra"
LONG = ("--hygiene", "--seconds", "60", "--launches", "1")
SHORT = ("--hygiene", "--runs", "20", "--launches", "1")
KEYS = {
    "global": (
        "window_animation_scale", "transition_animation_scale", "animator_duration_scale",
        "stay_on_while_plugged_in",
    ),
    "system": ("screen_brightness_mode", "screen_brightness"),
}  # fmt: skip
OWN = ["1.0", "1.0", "null", "0", "1", "102"]
IN_FORCE = ["0", "0", "0", "7", "0", "10"]

pytestmark = pytest.mark.slow


def adb(labtui: Labtui, phones: Phones, *words: str) -> str:
    program = os.environ.get("ADBUTILS_ADB_PATH") or adbutils.adb_path()
    argv = [program, "-P", str(phones.adb_port), *words]
    ran = subprocess.run(
        argv, env=environment(labtui.home), capture_output=True, text=True, timeout=20, check=False
    )
    return ran.stdout


def transport(labtui: Labtui, phones: Phones, serial: str) -> str:
    """Return what adb calls a phone; empty while it is away."""
    lines = adb(labtui, phones, "devices").splitlines()[1:]
    for name in [line.partition("\t")[0] for line in lines if line.endswith("\tdevice")]:
        if serial in adb(labtui, phones, "-s", name, "shell", "getprop ro.serialno"):
            return name
    return ""


def settings(labtui: Labtui, phones: Phones, index: int = 0) -> list[str]:
    """Return what a phone has set, in the order of KEYS; nothing while it is away."""
    name = transport(labtui, phones, phones.serials[index])
    script = "; ".join(f"settings get {space} {key}" for space in KEYS for key in KEYS[space])
    return adb(labtui, phones, "-s", name, "shell", script).split() if name else []


def becomes(labtui: Labtui, phones: Phones, expected: list[str]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while (seen := settings(labtui, phones)) != expected:
        assert time.monotonic() < deadline, seen


def inflict(labtui: Labtui, phones: Phones, fault: str) -> None:
    result = labtui.run("virtual", "fault", phones.control, phones.serials[0], fault)
    assert 0 == result.returncode, result.stderr


def journals(labtui: Labtui) -> list[Path]:
    return list(labtui.home.rglob("hygiene/*.json"))


@pytest.fixture
def phones(labtui: Labtui) -> Iterator[Phones]:
    """Two phones that every command of the test shares; the first has a setting that is unset."""
    with serve(labtui.home, f"{PIXEL},{GALAXY}") as phones:
        labtui.extra = phones.extra
        name = transport(labtui, phones, phones.serials[0])
        adb(labtui, phones, "-s", name, "shell", "settings delete global animator_duration_scale")
        assert OWN == settings(labtui, phones)
        yield phones


@pytest.fixture
def killed(labtui: Labtui, phones: Phones, tiny: Path) -> Phones:
    """The phones after labtui was killed in the middle of a run on the first."""
    with labtui.start("run", tiny, "--device", "pixel*", *LONG) as running:
        running.until_measured()
        running.signal(signal.SIGKILL)
        running.finish()
    assert (IN_FORCE, 1) == (settings(labtui, phones), len(journals(labtui)))
    return phones


@pytest.mark.parametrize(
    ("number", "code"), [(None, 0), (signal.SIGINT, 130), (signal.SIGTERM, 130)]
)
def test_settings_are_given_back_after_a_run(
    labtui: Labtui, phones: Phones, tiny: Path, number: signal.Signals | None, code: int
) -> None:
    with labtui.start("run", tiny, *(LONG if number else SHORT)) as running:
        kept = [running.until("hygiene_applied")["event"]["settings"] for _ in range(2)]
        if number:
            running.until_measured()
            assert IN_FORCE == settings(labtui, phones)
            running.signal(number)
        assert code == running.finish(), running.stderr
    assert [7, 7] == [len([one for one in told if not one["refusal"]]) for told in kept]
    stored = [launch["settings"] for launch in labtui.json("history", "show", "last")["launches"]]
    assert [True, True] == ["power/fixed_performance_mode=true" in told for told in stored]
    assert (OWN, []) == (settings(labtui, phones), journals(labtui))


def test_settings_are_given_back_after_a_run_that_failed(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    inflict(labtui, phones, "runner=garbage")
    assert 3 == labtui.run("run", tiny, *SHORT).returncode
    assert (OWN, []) == (settings(labtui, phones), journals(labtui))


def test_after_a_kill_a_list_changes_nothing_and_the_rescue_all(
    labtui: Labtui, killed: Phones, tiny: Path
) -> None:
    assert 2 == len([d for d in labtui.json("devices")["devices"] if d["platform"] == "android"])
    assert 0 == labtui.run("run", tiny, "--dry-run", "--hygiene").returncode
    assert IN_FORCE == settings(labtui, killed)
    (phone,) = labtui.json("doctor", "--rescue")["phones"]
    assert ("Pixel 7 Pro", 7, "") == (phone["name"], len(phone["settings"]), phone["problem"])
    assert (OWN, []) == (settings(labtui, killed), journals(labtui))
    assert [] == labtui.json("doctor", "--rescue")["phones"]


def test_after_a_kill_the_next_run_gives_back_first(
    labtui: Labtui, killed: Phones, tiny: Path
) -> None:
    result = labtui.run("run", tiny, "--runs", "20", "--launches", "1")
    assert 0 == result.returncode
    assert "Pixel 7 Pro: 7 settings are as they were" in result.stderr
    assert (OWN, []) == (settings(labtui, killed), journals(labtui))


def test_after_a_kill_a_second_run_knows_the_first_values(
    labtui: Labtui, killed: Phones, tiny: Path
) -> None:
    assert 0 == labtui.run("run", tiny, *SHORT).returncode
    assert (OWN, []) == (settings(labtui, killed), journals(labtui))


def test_a_phone_whose_cable_was_pulled_is_made_good_while_others_work(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    pixel = f"android:{phones.serials[0]}"
    with labtui.start("run", tiny, *LONG) as running:
        while running.until_measured() != pixel:
            pass
        inflict(labtui, phones, "unplug")
        running.until("device_ended", device=pixel, outcome="failed")
        assert 2 == len(journals(labtui))
        inflict(labtui, phones, "plug")
        reader = Thread(target=running.finish)  # else the run waits for somebody to read
        reader.start()
        becomes(labtui, phones, OWN)
        running.signal(signal.SIGINT)
        reader.join(TIMEOUT_S)
    assert [] == journals(labtui)


def test_a_phone_that_is_away_at_the_end_is_told_and_made_good_by_the_doctor(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    with labtui.start("run", tiny, "--device", "pixel*", *LONG) as running:
        running.until_measured()
        inflict(labtui, phones, "unplug")
        assert 3 == running.finish()
    assert "Pixel 7 Pro has this run's settings still" in running.stderr
    away = labtui.run("doctor", "--rescue")
    assert (3, True) == (away.returncode, "plug it in" in away.stdout)
    inflict(labtui, phones, "plug")
    assert "7 settings are as they were" in labtui.run("doctor").stdout
    assert (OWN, []) == (settings(labtui, phones), journals(labtui))


def test_a_phone_that_refuses_is_measured_all_the_same(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    inflict(labtui, phones, "settings=refuse")
    result = labtui.run("--verbose", "run", tiny, "--device", "pixel*", *SHORT)
    assert 0 == result.returncode, result.stderr
    assert "in force: nothing; not supported: window animations (Permission" in result.stderr
    assert (OWN, []) == (settings(labtui, phones), journals(labtui))
