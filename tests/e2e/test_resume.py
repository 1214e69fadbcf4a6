"""`labtui run --resume`: what a session left undone is done by another one."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rig import Labtui, Running, serve
from tests.tiny_tflite import fully_connected

PIXEL, GALAXY = "pixel-7-pro", "galaxy-s23-ultra"
FOUR_LAUNCHES = ("--runs", "200", "--rate", "200", "--launches", "4", "--seed", "5", "--tag", "t")
ENDLESS = ("--seconds", "600")


def killed(running: Running) -> str:
    """Kill a run once it measures; return its session."""
    running.until_measured()
    running.process.kill()
    running.process.wait()
    return str(running.lines[0]["event"]["session"])


def killed_after_one_launch(labtui: Labtui, *words: str | Path) -> str:
    """Run until a launch has ended and the next one measures, then kill; return the session."""
    with labtui.start(*words) as running:
        running.until("launch_ended")
        return killed(running)


def launches(labtui: Labtui, session: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = labtui.json("history", "show", session)["launches"]
    return found


def done(labtui: Labtui, session: str) -> list[int]:
    return [row["index"] for row in launches(labtui, session) if row["outcome"] == "done"]


@pytest.mark.slow
def test_a_killed_run_is_finished_by_another_session(labtui: Labtui, tiny: Path) -> None:
    virtual = ("--virtual", PIXEL, "run")
    first = killed_after_one_launch(labtui, *virtual, tiny, *FOUR_LAUNCHES)
    start = labtui.run("history", "list")
    assert f"`labtui run --resume {first}` finishes it" in start.stderr
    assert [0] == done(labtui, first)

    plan = labtui.json(*virtual, "--resume", first[:14], "--dry-run")
    assert [[0, 0, 0]] == [d["order"] for d in plan["preview"]["devices"]]
    resumed = labtui.run(*virtual, "--resume", "last")
    assert 0 == resumed.returncode, resumed.stderr

    row, _ = labtui.json("history", "list")["sessions"]
    second = row["session"]
    assert ("done", [f"resumes:{first}", "t"]) == (row["outcome"], row["tags"])
    assert [1, 2, 3] == done(labtui, second)
    assert {200} == {
        row["summary"]["count"]
        for row in (*launches(labtui, first), *launches(labtui, second))
        if row["outcome"] == "done"
    }

    again = labtui.run(*virtual, "--resume", "last")
    assert 0 == again.returncode
    assert f"Session {second} has nothing left to do." in again.stderr


@pytest.mark.slow
def test_a_resumed_run_that_is_killed_too_is_resumed_from_there(labtui: Labtui, tiny: Path) -> None:
    with serve(labtui.home, PIXEL) as phones:
        labtui.extra = phones.extra
        first = killed_after_one_launch(labtui, "run", tiny, *FOUR_LAUNCHES)
        second = killed_after_one_launch(labtui, "run", "--resume", "last")
        assert 0 == labtui.run("run", "--resume", "last").returncode
    row, *_ = labtui.json("history", "list")["sessions"]
    assert [[0], [1], [2, 3]] == [done(labtui, s) for s in (first, second, row["session"])]
    assert [f"resumes:{second}", "t"] == row["tags"]


def error_of_resume(labtui: Labtui) -> tuple[int, str]:
    result = labtui.run("--virtual", PIXEL, "run", "--resume", "last")
    return result.returncode, result.stderr


def test_a_variant_that_has_changed_or_is_gone_is_refused(labtui: Labtui, tiny: Path) -> None:
    with labtui.start("--virtual", PIXEL, "run", tiny, *ENDLESS) as running:
        killed(running)
    tiny.write_bytes(fully_connected() + bytes(4))
    code, text = error_of_resume(labtui)
    assert (2, True) == (code, f"{tiny} has changed since the session began" in text)
    tiny.unlink()
    code, text = error_of_resume(labtui)
    assert (2, True) == (code, f"{tiny} does not exist" in text)


def test_a_device_that_is_missing_is_named(labtui: Labtui, tiny: Path) -> None:
    with labtui.start("--virtual", f"{PIXEL},{GALAXY}", "run", tiny, *ENDLESS) as running:
        killed(running)
    code, text = error_of_resume(labtui)
    assert 4 == code
    assert "not on the bench: Galaxy S23 Ultra (android:R5C" in text
    assert "Pixel" not in text


def test_a_session_that_runs_is_left_alone(labtui: Labtui, tiny: Path) -> None:
    with serve(labtui.home, PIXEL) as phones:
        labtui.extra = phones.extra
        with labtui.start("run", tiny, *ENDLESS) as running:
            running.until("samples_arrived")
            result = labtui.run("run", "--resume", "last")
    assert 2 == result.returncode
    assert "is still running: stop it before you resume it" in result.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("x.tflite",), "FILE"),
        (("--variant", "x.tflite"), "--variant"),
        (("--preset", "quick"), "--preset"),
        (("--launches", "2", "--seed", "0"), "--launches, --seed"),
        (("--device", "host"), "--device"),
        (("--no-xnnpack", "--profile", "0"), "--no-xnnpack, --profile"),
        (("--benchmark-model", "x"), "--benchmark-model"),
    ],
)
def test_a_plan_is_resumed_as_it_is(labtui: Labtui, words: tuple[str, ...], named: str) -> None:
    result = labtui.run("run", "--resume", "last", *words)
    assert 2 == result.returncode
    assert f"leave out {named}, or start a new run" in result.stderr
