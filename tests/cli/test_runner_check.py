"""`labtui runner check`: exit codes, table and document."""

import json
import sys

import pytest

from labtui.cli.main import main

REFERENCE = [sys.executable, "-m", "labtui.hostrunner"]
FEW = ["--check", "starts", "--check", "hello", "--check", "refuses-model-missing"]
DEAF = [sys.executable, "-c", "print('no runner at all')"]


def document(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code = main(["runner", "check", "--json", *argv])
    return code, json.loads(capsys.readouterr().out)


def test_a_runner_that_keeps_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = document(capsys, *FEW, "--", *REFERENCE)
    assert (0, "runner_check", REFERENCE) == (code, found["kind"], found["command"])
    checks = found["checks"]
    assert isinstance(checks, list)
    names = [(check["name"], check["result"], check["violations"]) for check in checks]
    assert [
        ("starts", "passed", []), ("hello", "passed", []), ("refuses-model-missing", "passed", []),
    ] == names  # fmt: skip


def test_a_program_that_is_no_runner(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["runner", "check", *FEW, "--verbose", "--", *DEAF])
    out, err = capsys.readouterr()
    assert "failed" in out
    assert "it ended with neither end nor error (exit code 0)" in out
    assert "0 passed, 3 failed, 0 skipped" in err


def test_what_a_runner_cannot_do_is_skipped_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == main(["runner", "check", "--check", "profile", "--", *REFERENCE])
    assert "for Python cannot profile" in capsys.readouterr().out


def test_the_checks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["runner", "check", "--list"])
    assert "refuses-unknown-field" in capsys.readouterr().out
    code, found = document(capsys, "--list", "--check", "rate")
    assert (0, [{"name": "rate", "text": "inferences start when they are due"}]) == (
        code,
        found["checks"],
    )


WRONG = {
    "no command": (["--check", "starts"], "Name the runner's command line"),
    "no such check": (["--check", "stars", "--", *DEAF], "There is no check stars"),
    "no such program": (["--", "/no/such/program"], "The runner cannot be started"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], name: str) -> None:
    argv, text = WRONG[name]
    assert 2 == main(["runner", "check", *argv])
    assert text in capsys.readouterr().err
