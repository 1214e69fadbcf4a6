"""The result table: what must not be overlooked is loud."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.cli.output import plain
from labtui.cli.results import print_results
from labtui.cli.run import event_name
from labtui.cli.settings import Settings
from labtui.core.accuracy import Tally
from labtui.core.budget import Budget, budget
from labtui.core.events import AlarmRaised
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid, VariantFormat
from labtui.core.placement import Coverage
from labtui.core.plausibility import AlarmKind
from labtui.failure import FailureCode
from labtui.store import open_store
from labtui.store.history import SqliteHistory

SESSION = SessionUid("01S")
SETTINGS = Settings(Path("db"), Path("state"), None, color=False, ascii_only=True)
ROW = ResultRow(
    session=SESSION,
    device=DeviceId("android:1"),
    device_name="Pixel",
    is_virtual=False,
    model="net",
    recipe="int8",
    digest=Digest("a" * 64),
    size_bytes=1_000,
    launches=2,
    failed=0,
    samples=40,
    p50_ns=2e6,
    p90_ns=3e6,
    mean_ns=2.5e6,
    spread_ns=1e5,
    end_temp_c=None,
    was_throttled=None,
    cause="",
    accelerator_asked="gpu",
)


class OneResult(SqliteHistory):
    """A history of one row that the test makes up."""

    row = ROW

    def results(self, session: SessionUid) -> list[ResultRow]:
        return [self.row]


def shown(
    row: ResultRow,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    limit: Budget | None = None,
) -> tuple[str, str]:
    history = OneResult(open_store(folder / "history.db").path)
    history.row = row
    print_results(history, SESSION, SETTINGS, limit)
    told = capsys.readouterr()
    (line,) = (line for line in told.out.splitlines() if "Pixel" in line)
    return line, told.err


@pytest.mark.parametrize(
    ("coverage", "placement", "expected"),
    [
        (Coverage.FULL, "gpu GPU 64", "gpu GPU 64"),
        (
            Coverage.PARTIAL,
            "gpu GPU 61 + cpu 3",
            "FELL BACK IN PART: gpu asked, gpu GPU 61 + cpu 3 used",
        ),
        (Coverage.NONE, "cpu XNNPACK 64", "FELL BACK: gpu asked, cpu XNNPACK 64 used"),
        (Coverage.NONE, "", "FELL BACK: gpu asked, something else used"),
        (Coverage.UNKNOWN, "", "unknown"),
    ],
)
def test_where_it_ran_against_what_was_asked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    coverage: Coverage,
    placement: str,
    expected: str,
) -> None:
    line, _ = shown(replace(ROW, coverage=coverage, placement=placement), tmp_path, capsys)
    assert f" {expected} " in line
    assert ("FELL BACK" in expected) is ("FELL BACK" in line)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"is_virtual": True}, "Pixel (virtual)"),
        ({"is_imported": True}, "Pixel (imported)"),
        (
            {"failed": 1, "code": FailureCode.OUT_OF_MEMORY, "cause": "No room."},
            "1 failed (out_of_memory): No room.",
        ),
        ({"failed": 1, "cause": "No room."}, "1 failed: No room."),
        ({"cause": "It cannot run there."}, "It cannot run there."),
        ({"tally": Tally(812, 756, 800)}, " 93.1 [91.1, 94.7] "),
        ({"numerics": Numerics.BROKEN}, " BROKEN "),
        ({"numerics": Numerics.OK}, " ok "),
        ({}, " unchecked "),
        ({"format": VariantFormat.MLPACKAGE}, " mlpackage "),
        ({"is_aggregate": True, "aggregate_runs": 50}, "ok, totals only: 50 runs"),
        ({"is_aggregate": True}, "ok, totals only: unknown number of runs"),
        ({}, "| ok "),
    ],
)
def test_labels_and_states(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], expected: str
) -> None:
    line, told = shown(replace(ROW, **change), tmp_path, capsys)  # type: ignore[arg-type]
    assert expected in line
    assert "" == told


@pytest.mark.parametrize(
    ("change", "limit_ms", "expected"),
    [
        ({}, 3.0, "within, too short to be sustained"),
        ({}, 2.0, "50.0 % over, too short to be sustained"),
        ({"sustained_p90_ns": 4.2e6}, 4.0, "| 5.0 % over "),
        ({"sustained_p90_ns": 4e6}, 4.0, "| within "),
        ({"numerics": Numerics.BROKEN}, 40.0, "| BROKEN   | -      |"),
    ],
)
def test_the_budget_judges_what_is_sustained(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, object],
    limit_ms: float,
    expected: str,
) -> None:
    row = replace(ROW, **change)  # type: ignore[arg-type]
    line, _ = shown(row, tmp_path, capsys, budget(limit_ms))
    assert expected in line


def test_json_has_the_judgements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = OneResult(open_store(tmp_path / "history.db").path)
    history.row = ROW
    print_results(history, SESSION, replace(SETTINGS, as_json=True), budget(fps=500))
    line = json.loads(capsys.readouterr().out)
    assert (2.0, "over", "whole") == (
        line["budget_ms"], line["judgements"][0]["judgement"], line["judgements"][0]["basis"],
    )  # fmt: skip


def test_alarms_are_lines_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, told = shown(replace(ROW, alarms=("It is slow.", "It is hot.")), tmp_path, capsys)
    assert [
        "warning: Pixel, net int8: It is slow.",
        "warning: Pixel, net int8: It is hot.",
    ] == told.splitlines()


def test_alarms_are_events_of_the_json_stream() -> None:
    alarm = AlarmRaised(LaunchUid("01L"), ROW.device, AlarmKind.LIKE_CONTROL, "No faster.")
    assert "alarm_raised" == event_name(alarm)
    assert {
        "launch": "01L",
        "device": "android:1",
        "kind": "like_control",
        "text": "No faster.",
    } == (plain(alarm))
