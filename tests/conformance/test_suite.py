"""The checks against real runners: the reference passes, each broken one fails by name."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from labtui.conformance import desk, stop_checks
from labtui.conformance.check import Check, Checked, Result
from labtui.conformance.child import CannotStart, RunnerChild
from labtui.conformance.suite import carry_out
from labtui.conformance.table import CHECKS
from labtui.resources import data
from tests.conformance.broken import BROKEN

MODELS = data("runners") / "check"
REFERENCE = [sys.executable, "-m", "labtui.hostrunner"]
REPOSITORY = Path(__file__).parents[2]
BY_NAME = {check.name: check for check in CHECKS}


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


def carried_out(checks: Iterable[Check], command: list[str], folder: Path) -> list[Checked]:
    return list(carry_out(checks, command, MODELS, folder))


def test_names_are_unique_and_texts_are_sentences() -> None:
    assert len(CHECKS) == len(BY_NAME)
    assert [] == [check.name for check in CHECKS if not check.text or check.text[-1] in ".!"]


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_the_reference_keeps_every_rule(tmp_path: Path, name: str) -> None:
    (checked,) = carried_out([BY_NAME[name]], REFERENCE, tmp_path)
    expected = Result.SKIPPED if name == "profile" else Result.PASSED
    assert (expected, ()) == (checked.result, checked.violations)


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_broken_runners_fail_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    program, names = BROKEN[fault]
    monkeypatch.setattr(stop_checks, "STOP_LIMIT_S", 1.0)
    if fault in ("hangs", "floods"):
        monkeypatch.setattr(desk, "LAUNCH_LIMIT_S", 1.0)
        monkeypatch.setattr(stop_checks, "LAUNCH_LIMIT_S", 1.0)
    path = tmp_path / "broken.py"
    path.write_text(program)
    checks = [BY_NAME[name] for name in sorted(names)]
    found = carried_out(checks, [sys.executable, str(path)], tmp_path)
    assert names == {checked.name for checked in found if checked.result is Result.FAILED}
    assert all(checked.violations for checked in found)


REPLAYS = ("good", "second_hello", "after_end", "aggregate_alone", "no_job", "empty", "garbage")


@pytest.mark.slow
@pytest.mark.parametrize("name", REPLAYS)
def test_no_check_is_upset_by_what_a_program_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A program that says the same whatever the job fails, and never more than that."""
    monkeypatch.setattr(stop_checks, "LAUNCH_LIMIT_S", 5.0)
    transcript = str(data("runners") / "transcripts" / f"{name}.ndjson")
    found = carried_out(CHECKS, ["cat", transcript], tmp_path)
    assert len(CHECKS) == len(found)
    assert 50 < sum(checked.result is Result.FAILED for checked in found)


def test_an_untouched_copy_of_the_reference_fails_none_of_them(tmp_path: Path) -> None:
    """So that the faults above are what is found, not the way in which they are made."""
    path = tmp_path / "whole.py"
    path.write_text("from labtui.hostrunner.main import main\nimport sys\nsys.exit(main())\n")
    names = ("starts", "indices", "seeded-floats", "warmup-steady", "refuses-unknown-field")
    found = carried_out([BY_NAME[n] for n in names], [sys.executable, str(path)], tmp_path)
    assert {Result.PASSED} == {checked.result for checked in found}


def test_what_a_runner_starts_ends_with_it(tmp_path: Path) -> None:
    """Children that hold stdout open are neither waited for nor left behind."""
    path = tmp_path / "parent.py"
    path.write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
    )
    with RunnerChild([sys.executable, str(path)]) as child:
        assert child.finish(1.0).exit_code is None
    stat = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    deadline_s = time.monotonic() + 10
    while stat.exists() and " Z " not in stat.read_text():
        assert time.monotonic() < deadline_s


def test_a_command_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        carried_out(CHECKS, [str(tmp_path / "nothing")], tmp_path)
