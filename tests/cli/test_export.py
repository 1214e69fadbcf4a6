"""`labtui export`: budgets and device classes on the command line, a table an app can read."""

import json
from pathlib import Path

import pytest

from labtui.cli.main import main
from labtui.store import open_store
from tests.store.bench_events import phone, scored_session


@pytest.fixture
def db(tmp_path: Path) -> str:
    store = open_store(tmp_path / "history.db")
    with store.recorder() as recorder:
        for event in scored_session(devices=[phone(is_virtual=True)]):
            recorder.record(event)
    return str(store.path)


def export(db: str, *arguments: str) -> int:
    return main(["--db", db, "export", "last", *arguments])


@pytest.mark.parametrize("budget", [("--budget-ms", "40"), ("--fps", "25")])
def test_tiers_are_a_document_for_an_app(
    db: str, budget: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    classed = ("--device-class", "Pixel 7 Pro=mid")
    assert 0 == export(db, "--level", "tiers", "--format", "json", *budget, *classed)
    document = json.loads(capsys.readouterr().out)
    (row,) = document["rows"]
    assert (1, "tiers", True) == (
        document["labtui_export"], document["level"], document["conditions"][0]["virtual"],
    )  # fmt: skip
    assert ("mid", "net@28", 4e7) == (row["device_class"], row["model"], row["budget_ns"])


def test_each_level_is_exported(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    for level, lines in (("accuracy", 4), ("predictions", 16), ("sweeps", 1), ("results", 2)):
        assert 0 == export(db, "--level", level, "--format", "ndjson")
        assert lines == len(capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--level", "tiers"], "add --budget-ms or --fps"),
        (["--level", "tiers", "--budget-ms", "0"], "a time above 0"),
        (["--level", "tiers", "--budget-ms", "4", "--fps", "3"], "not both"),
        (["--level", "results", "--budget-ms", "4"], "--level tiers only"),
        (["--level", "tiers", "--fps", "3", "--device-class", "mid"], "write NAME=CLASS"),
        (["--level", "tiers", "--fps", "3", "--device-class", "=mid"], "write NAME=CLASS"),
        (["--level", "tiers", "--fps", "3", "--device-class", "Pixel="], "write NAME=CLASS"),
    ],
)
def test_what_makes_no_sense_is_said(
    db: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == export(db, *arguments)
    assert says in capsys.readouterr().err
