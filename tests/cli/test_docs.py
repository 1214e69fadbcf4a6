"""What the documents promise is there."""

import argparse
import re
from pathlib import Path

import pytest

from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.roster import Tracked
from labtui.adapters.ios.vitals import Status, Vitals, parse_public
from labtui.cli.parser import build_parser
from labtui.core.model import DeviceState
from labtui.virtual.faults import FAULTS
from labtui.virtual.hostile import RUNNER_FAULTS
from labtui.virtual.ios.faults import FAULTS as IPHONE_FAULTS
from labtui.virtual.lists import phone_names

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
README = (ROOT / "README.md").read_text("utf-8")
VIRTUAL = (ROOT / "docs" / "VIRTUAL-BENCH.md").read_text("utf-8")
IPHONES = (ROOT / "docs" / "IPHONES.md").read_text("utf-8")


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


@pytest.mark.parametrize("option", ["--ipa FILE", "--transcript FILE", "--selftest DEVICE"])
def test_what_a_phone_needs_is_in_the_readme(option: str) -> None:
    assert option in README


def faults_below(heading: str) -> set[str]:
    """Return the faults named in the first column of the table with this heading."""
    table = VIRTUAL.partition(f"| {heading} |")[2].partition("\n\n")[0]
    columns = (row.split("|")[1] for row in table.splitlines()[2:])
    return {name for column in columns for name in re.findall(r"`(\w+)", column)}


@pytest.mark.parametrize(
    ("heading", "faults"),
    [("fault of an Android phone", FAULTS), ("fault of an iPhone", IPHONE_FAULTS)],
)
def test_the_documented_faults_are_those_there_are(heading: str, faults: dict[str, object]) -> None:
    assert set(faults) == faults_below(heading)


@pytest.mark.parametrize("word", [*phone_names(), *RUNNER_FAULTS])
def test_every_phone_and_runner_fault_is_documented(word: str) -> None:
    assert f"`{word}`" in VIRTUAL or f"={word}`" in VIRTUAL


ENTRY = (MuxEntry(1, "UDID", is_usb=True),)
NOT_OF_IPHONES = {
    DeviceState.UNAUTHORIZED,
    DeviceState.NO_PERMISSIONS,
    DeviceState.DUPLICATE,
    DeviceState.NOT_BOOTED,
}


def status(*, is_locked: bool = False, has_mode: bool = True, bundle_id: str = "x") -> Status:
    return Status(1 << 30, is_locked, has_mode, bundle_id)


def vitals(ios: str = "18.5") -> Vitals:
    return parse_public({"ProductVersion": ios, "DeviceName": "NAME"}, "UDID")


STATES = [
    Tracked(ENTRY, vitals()),
    Tracked(ENTRY, vitals(), status(), is_listening=True),
    *(
        Tracked(ENTRY, vitals(), obstacle=obstacle)
        for obstacle in (DeviceState.NOT_PAIRED, DeviceState.TRUST_PENDING, DeviceState.DENIED)
    ),
    Tracked(ENTRY, vitals(), status(is_locked=True)),
    Tracked(ENTRY, vitals(), status(has_mode=False)),
    Tracked(ENTRY, vitals(), status(bundle_id="")),
    Tracked(ENTRY, vitals("15.8"), status(bundle_id="")),
    Tracked(ENTRY, vitals(), status()),
    Tracked(ENTRY, vitals("17.2"), status()),
    Tracked(ENTRY, vitals(), is_hung=True),
    Tracked(ENTRY, vitals(), fault="pymobiledevice3 cannot work with it: "),
]


@pytest.mark.parametrize("tracked", STATES, ids=lambda tracked: str(tracked.state))
def test_every_state_of_an_iphone_and_its_cure_are_documented(tracked: Tracked) -> None:
    assert f"| `{tracked.state}` |" in IPHONES
    assert tracked.cure in IPHONES


def test_no_state_of_an_iphone_is_forgotten() -> None:
    assert set(DeviceState) - NOT_OF_IPHONES == {tracked.state for tracked in STATES}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    document = ROOT / name
    targets = re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8"))
    missing = [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    assert [] == missing
