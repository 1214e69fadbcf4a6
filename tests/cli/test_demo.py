"""What the demo asks for: eval set, items and budget reach the run, or the screen."""

import argparse
from pathlib import Path

import pytest

from labtui.cli import demo, screen
from labtui.cli import run as run_command
from labtui.cli.main import main
from labtui.cli.parser import build_parser
from labtui.cli.settings import Settings
from labtui.resources import demo_data

SET = demo_data() / "pairs100"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """Keeps what the demo would run."""
    kept: list[argparse.Namespace] = []

    def run(arguments: argparse.Namespace, settings: Settings) -> int:
        kept.append(arguments)
        return 0

    monkeypatch.setattr(run_command, "run", run)
    return kept


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (SET, demo.DEMO_ITEMS, None, None)),
        (["--budget-ms", "3"], (SET, demo.DEMO_ITEMS, 3.0, None)),
        (["--fps", "30", "--eval-items", "8"], (SET, 8, None, 30.0)),
        (["--eval", "my-set"], (Path("my-set"), demo.DEMO_ITEMS, None, None)),
    ],
)
def test_the_headless_demo_scores_and_judges(
    asked: list[argparse.Namespace],
    tmp_path: Path,
    words: list[str],
    expected: tuple[Path, int, float | None, float | None],
) -> None:
    assert 0 == main(["demo", "--headless", "--db", str(tmp_path / "h.db"), *words])
    (run,) = asked
    assert expected == (run.eval, run.eval_items, run.budget_ms, run.fps)
    assert sorted(demo.HEADLESS_VARIANTS) == sorted(path.name for path in run.paths)


@pytest.mark.parametrize(
    "words",
    [
        ["--budget-ms", "40", "tui"],
        ["tui", "--budget-ms", "40"],
        ["--budget-ms", "40"],
        ["--budget-ms", "7", "run", "--budget-ms", "40"],
        ["history", "show", "last", "--budget-ms", "40"],
    ],
)
def test_a_budget_may_stand_before_or_behind_the_command(words: list[str]) -> None:
    assert 40.0 == build_parser().parse_args(words).budget_ms


@pytest.mark.parametrize(
    ("virtual", "asked_for", "expected"),
    [
        (None, None, ()),
        ("demo", None, (SET,)),
        ("demo", SET, (SET,)),
        (None, Path("/my/set"), (Path("/my/set"),)),
    ],
)
def test_the_screen_offers_the_set_asked_for_and_the_demo_set(
    virtual: str | None, asked_for: Path | None, expected: tuple[Path, ...]
) -> None:
    settings = Settings(Path("h.db"), Path("state"), virtual)
    assert expected == screen._eval_folders(asked_for, settings)
