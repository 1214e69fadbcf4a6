"""`labtui import` as people and as programs use it, with a history on disk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labtui.cli.main import main
from tests.core.logs.benchmark_logs import NNAPI_FAILED, XNNPACK_37_OF_40, classic

Write = Callable[[str, str], str]
Labtui = Callable[..., int]
GPU_IN_PART = (
    "Explicitly applied GPU delegate, and the model graph will be partially executed by the "
    "delegate w/ 2 delegate kernels.\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Write a file to import and return its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def labtui(tmp_path: Path) -> Labtui:
    """Run a command on a history of its own."""
    return lambda *words: main([*words, "--db", str(tmp_path / "history.db")])


def as_json(labtui: Labtui, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert labtui(*words, "--json") == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_log_becomes_a_labelled_session(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("import", file("a.txt", classic(XNNPACK_37_OF_40)), "--device", "Mi 11", "--tag", "t")
    assert labtui(*words) == 0
    told = capsys.readouterr()
    assert "a.txt: imported as session" in told.err
    assert "Mi 11 (imported)" in told.out
    assert "ok, totals only: 121 runs" in told.out
    (session,) = as_json(labtui, capsys, "history")["sessions"]
    assert (True, False, ["t"]) == (
        session["is_imported"],
        session["is_virtual"],
        session["tags"],
    )
    assert labtui("history") == 0
    assert "imported" in capsys.readouterr().out


def test_one_document_tells_what_was_taken(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = file("a.txt", classic()), file("b.txt", classic(GPU_IN_PART))
    document = as_json(labtui, capsys, "import", first, second)
    assert (1, "imported") == (document["schema"], document["kind"])
    assert [("a.txt", True), ("b.txt", True)] == [
        (taken["file"], taken["is_new"]) for taken in document["files"]
    ]
    assert ["unknown device"] * 2 == [row["device_name"] for row in document["results"]]
    assert [(True, 121, 8_241_500.0)] * 2 == [
        (row["is_aggregate"], row["aggregate_runs"], row["mean_ns"]) for row in document["results"]
    ]
    assert ["full", "partial"] == [row["coverage"] for row in document["results"]]


def test_the_same_file_is_left_out_the_second_time(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    first = as_json(labtui, capsys, "import", file("a.txt", classic()))["files"]
    again = as_json(labtui, capsys, "import", file("copy.txt", classic()))["files"]
    assert [{"file": "copy.txt", "session": first[0]["session"], "is_new": False}] == again
    assert labtui("import", file("copy.txt", classic())) == 0
    told = capsys.readouterr()
    assert "copy.txt is in the history already: session" in told.err
    assert "" == told.out
    assert 1 == len(as_json(labtui, capsys, "history")["sessions"])


def test_runs_that_failed_or_were_cut_are_kept_with_their_cause(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    half = classic()[: len(classic()) // 2]
    document = as_json(labtui, capsys, "import", file("a.txt", NNAPI_FAILED), file("b.txt", half))
    assert [(1, "accelerator_missing"), (1, "log_cut")] == [
        (row["failed"], row["code"]) for row in document["results"]
    ]
    assert labtui("history", "show", document["files"][1]["session"]) == 0
    assert "1 failed (log_cut): The log ends before" in capsys.readouterr().out


def test_one_file_that_cannot_be_read_keeps_all_out(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert labtui("import", file("a.txt", classic()), file("b.txt", "dear diary\n")) == 2
    assert "b.txt holds no results that can be imported" in capsys.readouterr().err
    assert labtui("import", file("a.txt", classic()), "nowhere.txt") == 2
    assert "nowhere.txt cannot be read: No such file" in capsys.readouterr().err
    assert [] == as_json(labtui, capsys, "history")["sessions"]


def test_what_is_no_result_of_a_benchmark_is_refused(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    battery = "Current Battery Service state:\n  AC powered: true\n  level: 50\n"
    assert labtui("import", file("a.txt", battery)) == 2
    assert "give a log or a result file of benchmark_model" in capsys.readouterr().err


def test_an_imported_session_is_not_resumed(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    labtui("import", file("a.txt", classic()))
    assert labtui("run", "--resume", "last") == 2
    assert "was imported from a log" in capsys.readouterr().err


def test_an_export_says_what_was_imported(
    labtui: Labtui, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    labtui("import", file("a.txt", classic(GPU_IN_PART)), "--device", "Mi 11")
    capsys.readouterr()
    assert labtui("export", "--format", "ndjson", "--level", "launches") == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (True, True, "imported:Mi 11", "partial", None) == (
        row["imported"],
        row["is_aggregate"],
        row["device"],
        row["coverage"],
        row["p50_ns"],
    )
