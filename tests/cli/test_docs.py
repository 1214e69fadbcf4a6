"""What the documents promise is there."""

import argparse
import re
from pathlib import Path

import pytest

from labtui.cli.parser import build_parser
from labtui.virtual.faults import FAULTS
from labtui.virtual.hostile import RUNNER_FAULTS
from labtui.virtual.profile import profile_names

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
VIRTUAL = (ROOT / "docs" / "VIRTUAL-BENCH.md").read_text("utf-8")


def commands() -> list[str]:
    (choices,) = (
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return sorted(set(choices) - {"tui"})


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`labtui {command}" in README


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_fault_is_documented(fault: str) -> None:
    assert f"`{fault}" in VIRTUAL


@pytest.mark.parametrize("word", [*profile_names(), *RUNNER_FAULTS])
def test_every_phone_and_runner_fault_is_documented(word: str) -> None:
    assert word in VIRTUAL


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert [] == [t for t in targets if "://" not in t and not (ROOT / t).exists()]
