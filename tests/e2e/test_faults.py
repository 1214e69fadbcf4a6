"""Phones and runners at their worst: a sentence, the right code, nothing lost, no traceback."""

import os
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import adbutils
import pytest

from tests.e2e.rig import Labtui, Phones, environment, serve

PIXEL = "pixel-7-pro"
QUICK = ("--runs", "20", "--launches", "1")


@pytest.fixture
def phones(labtui: Labtui) -> Iterator[Phones]:
    """Two phones that every command of the test shares."""
    with serve(labtui.home, f"{PIXEL},galaxy-s23-ultra") as phones:
        labtui.extra = phones.extra
        yield phones


def inflict(labtui: Labtui, phones: Phones, fault: str) -> None:
    result = labtui.run("virtual", "fault", phones.control, phones.serials[0], fault)
    assert 0 == result.returncode, result.stderr


def is_printable(text: str) -> bool:
    return not [c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]


RUNNERS = [("garbage", "something other than runner events"), ("long_line", "1048576 bytes")]
RUNNERS += [("nan", "NaN"), ("negative", "out of range")]


@pytest.mark.parametrize(("kind", "cause"), RUNNERS)
def test_a_broken_runner_is_named_and_the_other_phone_is_done(
    labtui: Labtui, phones: Phones, tiny: Path, kind: str, cause: str
) -> None:
    inflict(labtui, phones, f"runner={kind}")
    result = labtui.run("run", tiny, *QUICK)
    assert 3 == result.returncode
    assert cause in result.stderr
    assert "Traceback" not in result.stderr
    assert is_printable(result.stdout + result.stderr)
    launches = {
        launch["device"]: launch["outcome"]
        for launch in labtui.json("history", "show", "last")["launches"]
    }
    broken, good = (f"android:{serial}" for serial in phones.serials)
    assert {broken: "failed", good: "done"} == launches


def test_a_hostile_name_reaches_no_terminal_and_no_file(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    inflict(labtui, phones, "hostile_text")
    assert 0 == labtui.run("run", tiny, *QUICK).returncode
    for words in (["devices"], ["history", "show", "last"], ["export", "last"]):
        shown = labtui.run(*words)
        assert 0 == shown.returncode, shown.stderr
        assert is_printable(shown.stdout), words
        assert "[bold]7[/bold]" in shown.stdout, "markup is shown, not obeyed"


def test_a_full_phone_is_noticed_before_anything_is_sent(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    inflict(labtui, phones, "storage_full")
    result = labtui.run("run", tiny, *QUICK)
    assert 3 == result.returncode
    assert "Pixel 7 Pro" in result.stderr
    assert "free" in result.stderr


@pytest.mark.parametrize(
    ("fault", "state", "cure"),
    [("unauthorized", "unauthorized", "allow USB debugging"), ("hang", "hung", "answer")],
)
def test_a_phone_that_cannot_work_says_how_to_cure_it(
    labtui: Labtui, phones: Phones, fault: str, state: str, cure: str
) -> None:
    inflict(labtui, phones, fault)
    with labtui.start("devices", "--watch") as running:
        while True:
            seen = {d["state"]: d for d in running.until("devices")["devices"]}
            if state in seen:
                break
    assert cure in seen[state]["cure"]


def test_a_killed_adb_server_is_the_devices_failure(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    with labtui.start("run", tiny, "--seconds", "60", "--launches", "1") as running:
        measuring: set[str] = set()
        while len(measuring) < 2:
            measuring.add(running.until_measured())
        kill_server(labtui, phones)
        assert 3 == running.finish(), running.stderr
    assert "Traceback" not in running.stderr
    launches = labtui.json("history", "show", "last")["launches"]
    assert ["failed", "failed"] == [launch["outcome"] for launch in launches]
    assert all(launch["summary"]["count"] > 0 for launch in launches)


def kill_server(labtui: Labtui, phones: Phones) -> None:
    adb = os.environ.get("ADBUTILS_ADB_PATH") or adbutils.adb_path()
    argv = [adb, "-P", str(phones.adb_port), "kill-server"]
    subprocess.run(argv, env=environment(labtui.home), check=True, timeout=20)
