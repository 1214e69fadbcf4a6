"""`labtui run` on virtual phones: push, measure, keep, export."""

import csv
import io
import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.rig import TIMEOUT_S, Labtui, serve

PIXEL = "pixel-7-pro"
ENDLESS = ("--seconds", "600", "--launches", "1")


def query(db: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


def test_a_run_leaves_a_history_that_exports_and_sqlite_read(labtui: Labtui, tiny: Path) -> None:
    result = labtui.run("--virtual", f"{PIXEL}*2", "run", tiny, "--runs", "25", "--launches", "2")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Pixel 7 Pro (virtual)") == 2

    exported = labtui.run("export", "last", "--level", "samples", "--format", "csv")
    samples = list(csv.DictReader(io.StringIO(exported.stdout)))
    assert 2 * 2 * 25 == sum(row["is_warmup"] in ("0", "false") for row in samples)
    assert {row["virtual"] for row in samples} <= {"1", "true", "yes", "virtual"}
    assert all(int(row["latency_ns"]) > 0 for row in samples)

    assert [(100,)] == query(labtui.db, "select count(*) from sample where not is_warmup")
    (session,) = labtui.json("history", "list")["sessions"]
    assert ("done", True, 4) == (session["outcome"], session["is_virtual"], session["launches"])


def test_events_come_as_versioned_lines(labtui: Labtui, tiny: Path) -> None:
    result = labtui.run("--json", "--virtual", PIXEL, "run", tiny, "--runs", "5", "--launches", "1")
    lines = [json.loads(text) for text in result.stdout.splitlines()]
    assert {1} == {line["schema"] for line in lines}
    kinds = [line["kind"] for line in lines]
    assert ["session_started", "results"] == [kinds[0], kinds[-1]]
    assert {"push_ended", "launch_started", "samples_arrived", "reading_taken"} <= set(kinds)


def test_a_dry_run_touches_nothing(labtui: Labtui, tiny: Path) -> None:
    plan = labtui.json("--virtual", PIXEL, "run", tiny, "--dry-run")
    assert tiny.stat().st_size == plan["push_bytes"]
    assert [] == labtui.json("history", "list")["sessions"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["run", "missing.tflite"], 2, "missing.tflite"),
        (["run", "."], 2, "variant"),
        (["run", "--preset", "fast", "x.tflite"], 2, "quick, standard"),
        (["run", "--runs", "0", "x.tflite"], 2, "--runs must be more than 0"),
        (["run", "--runs", "5", "--seconds", "1", "x.tflite"], 2, "exclude each other"),
        (["--virtual", "nokia-3310", "devices"], 2, "nokia-3310"),
        (["export", "nosuch"], 4, "nosuch"),
        (["history", "show", "last"], 4, "session"),
        (["--config", "missing.toml", "history"], 2, "missing.toml"),
        ([], 2, "needs a terminal"),
    ],
)
def test_bad_input_is_one_sentence_and_a_code(
    labtui: Labtui, words: list[str], code: int, sentence: str
) -> None:
    result = labtui.run(*words)
    assert code == result.returncode, result.stderr
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert 1 == len(result.stderr.strip().splitlines())


def test_an_unknown_device_is_answered_with_those_there_are(labtui: Labtui, tiny: Path) -> None:
    result = labtui.run("--virtual", PIXEL, "run", tiny, "--device", "nexus*")
    assert 4 == result.returncode
    assert "No device matches 'nexus*'; on the bench: Pixel 7 Pro" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_run_and_keeps_what_was_measured(
    labtui: Labtui, tiny: Path, number: signal.Signals
) -> None:
    with labtui.start("--virtual", PIXEL, "run", tiny, *ENDLESS) as running:
        running.until_measured()
        running.signal(number)
        assert 130 == running.finish(), running.stderr
    (launch,) = labtui.json("history", "show", "last")["launches"]
    assert "stopped" == launch["outcome"]
    assert launch["summary"]["count"] > 0


def test_after_kill_9_the_session_is_marked_and_no_runner_is_left(
    labtui: Labtui, tiny: Path
) -> None:
    with labtui.start("--virtual", PIXEL, "run", tiny, *ENDLESS) as running:
        running.until_measured()
        running.until("reading_taken")
        running.process.kill()
        running.process.wait()
    (session,) = labtui.json("history", "list")["sessions"]
    assert "interrupted" == session["outcome"]
    assert session["samples"] > 0
    assert [("ok",)] == query(labtui.db, "pragma integrity_check")


def test_a_second_labtui_is_told_who_has_the_device(labtui: Labtui, tiny: Path) -> None:
    with serve(labtui.home, PIXEL) as phones:
        labtui.extra = phones.extra
        with labtui.start("run", tiny, *ENDLESS) as running:
            running.until("samples_arrived")
            second = labtui.run("run", tiny, "--runs", "5")
            assert 3 == second.returncode
            assert f"in use by another labtui (process {running.process.pid})" in second.stderr
            running.signal(signal.SIGINT)
            assert 130 == running.finish()


def test_a_reader_that_leaves_ends_the_run_and_fails_no_device(labtui: Labtui, tiny: Path) -> None:
    with labtui.start("--virtual", PIXEL, "run", tiny, *ENDLESS) as running:
        running.until_measured()
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.wait(TIMEOUT_S)
        assert running.process.stderr is not None
        assert "Traceback" not in running.process.stderr.read()
    (launch,) = labtui.json("history", "show", "last")["launches"]
    assert "stopped" == launch["outcome"]


FAULTS = [
    ("unplug", "left"),
    ("hang", "answer"),
    ("kill_runner", "runner"),
]


@pytest.mark.parametrize(("fault", "cause"), FAULTS)
def test_a_fault_of_one_phone_is_its_own(
    labtui: Labtui, tiny: Path, fault: str, cause: str
) -> None:
    with serve(labtui.home, f"{PIXEL},galaxy-s23-ultra") as phones:
        labtui.extra = phones.extra
        with labtui.start("run", tiny, "--seconds", "8", "--launches", "1") as running:
            running.until("samples_arrived", device=f"android:{phones.serials[0]}")
            result = labtui.run("virtual", "fault", phones.control, phones.serials[0], fault)
            assert 0 == result.returncode, result.stderr
            assert 3 == running.finish()
    ended = {
        line["event"]["device"]: line["event"]
        for line in running.lines
        if line["kind"] == "device_ended"
    }
    assert "failed" == ended[f"android:{phones.serials[0]}"]["outcome"]
    assert cause in ended[f"android:{phones.serials[0]}"]["cause"]
    assert "done" == ended[f"android:{phones.serials[1]}"]["outcome"]
