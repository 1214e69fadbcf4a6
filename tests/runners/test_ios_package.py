"""The iOS runner without a Mac: project, constants and golden files are as the host expects."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labtui import __version__
from labtui.core.protocol import MAX_LINE_BYTES, PROTOCOL_VERSION, events, job
from labtui.failure import RUNNER_CODES
from labtui.hostrunner import launch, outputs, phases, readings, reporter
from scripts.runner_builds.cli import ROOT

yaml = pytest.importorskip("yaml")  # comes with pre-commit; it has no types

RUNNERS = ROOT / "runners"
IOS = RUNNERS / "ios"
CORE = IOS / "RunnerCore" / "Sources" / "RunnerCore"
TESTS = IOS / "RunnerCore" / "Tests" / "RunnerCoreTests"
BUILD = IOS / "build"
MAX_LINES = 300

CONSTANTS = {
    "version": PROTOCOL_VERSION,
    "port": 27150,
    "maxLineBytes": MAX_LINE_BYTES,
    "maxBatch": events.MAX_BATCH,
    "maxRuns": job.MAX_RUNS,
    "maxSeconds": job.MAX_SECONDS,
    "minRateHz": job.MIN_RATE_HZ,
    "maxRateHz": job.MAX_RATE_HZ,
    "maxControlRuns": job.MAX_CONTROL_RUNS,
    "maxProfileRuns": job.MAX_PROFILE_RUNS,
    "maxChannels": job.MAX_CHANNELS,
    "maxBacklogBytes": reporter.MAX_BACKLOG_BYTES,
    "headValues": outputs.HEAD_VALUES,
    "batchNs": phases.BATCH_NS,
    "gapNs": phases.GAP_NS,
    "readingNs": readings.READING_NS,
    "aliveNs": reporter.ALIVE_S * 1e9,
}
"""Swift's name of what the host's side names otherwise."""

LIMITS_IN_WORDS = (
    ("port", "port {}, of"),
    ("maxPathBytes", "Paths are at most {} bytes"),
    ("maxDigestPaths", "at most {} paths"),
    ("maxTextLength", "text ≤ {} characters"),
    ("authSeconds", "none within {} s"),
)
"""What only PROTOCOL.md says."""

INFO = {
    "UIFileSharingEnabled": True,
    "LSSupportsOpeningDocumentsInPlace": False,
    "LSRequiresIPhoneOS": True,
    "CFBundleShortVersionString": "$(MARKETING_VERSION)",
    "ITSAppUsesNonExemptEncryption": False,
}


def swift_files() -> list[Path]:
    return sorted(IOS.rglob("*.swift"))


def constants() -> dict[str, float]:
    text = (CORE / "RunnerProtocol.swift").read_text()
    found = re.findall(r"static let (\w+)(?:: \w+)? = ([\d_.]+)", text)
    return {name: float(value.replace("_", "")) for name, value in found}


def protocol_fields(heading: str) -> set[str]:
    """Return the names in the first column of the table below a word of PROTOCOL.md."""
    table = (RUNNERS / "PROTOCOL.md").read_text().partition(heading)[2].partition("\n\n|")[2]
    cells = re.findall(r"^\|?[^|\n]*", table.partition("\n\n")[0], re.MULTILINE)
    fields = {name.lstrip(".") for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}
    assert fields, heading
    return fields


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    loaded = yaml.safe_load((IOS / "project.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def target(project: dict[str, Any]) -> dict[str, Any]:
    found = project["targets"]["LabtuiRunner"]
    assert isinstance(found, dict)
    return found


def test_project_builds_an_app_around_the_core(
    project: dict[str, Any], target: dict[str, Any]
) -> None:
    assert ("application", "iOS") == (target["type"], target["platform"])
    assert project["options"]["deploymentTarget"] == {"iOS": "16.0"}
    assert [{"package": "RunnerCore"}] == target["dependencies"]
    assert (IOS / project["packages"]["RunnerCore"]["path"] / "Package.swift").is_file()
    assert all((IOS / source).is_dir() for source in target["sources"])
    assert "LabtuiRunner" in project["schemes"]


def test_app_carries_the_version_of_its_host(target: dict[str, Any]) -> None:
    assert __version__ == target["settings"]["base"]["MARKETING_VERSION"]


@pytest.mark.parametrize(("key", "value"), INFO.items())
def test_info_plist_says(target: dict[str, Any], key: str, value: object) -> None:
    assert value == target["info"]["properties"][key]


def test_app_asks_for_no_permission(target: dict[str, Any]) -> None:
    asked = [key for key in target["info"]["properties"] if key.startswith("NS")]
    assert [] == asked
    assert "UIBackgroundModes" not in target["info"]["properties"]
    assert "entitlements" not in target


@pytest.mark.parametrize(("name", "value"), CONSTANTS.items())
def test_constant_is_the_same_in_swift(name: str, value: float) -> None:
    assert value == constants()[name]


@pytest.mark.parametrize(("name", "words"), LIMITS_IN_WORDS)
def test_constant_is_what_the_protocol_says(name: str, words: str) -> None:
    value = constants()[name]
    protocol = (RUNNERS / "PROTOCOL.md").read_text()
    assert any(words.format(number) in protocol for number in (f"{value:.0f}", f"{value:,.0f}"))


def test_every_constant_is_checked() -> None:
    assert set(constants()) == set(CONSTANTS) | {name for name, _ in LIMITS_IN_WORDS}


def test_error_codes_are_those_of_the_host() -> None:
    text = (CORE / "RunnerProtocol.swift").read_text()
    assert set(re.findall(r'case \w+ = "(\w+)"', text)) == RUNNER_CODES


def test_job_knows_every_field_of_the_protocol() -> None:
    fields = {name.rpartition(".")[2] for name in protocol_fields("## The job\n")}
    known = set(re.findall(r'"(\w+)"', (CORE / "Job.swift").read_text()))
    assert fields <= known


@pytest.mark.parametrize(
    "event",
    ["hello", "loaded", "outputs", "samples", "control", "evaluated", "reading", "end"],
)
def test_event_has_every_field_of_the_protocol(event: str) -> None:
    written = "".join((CORE / name).read_text() for name in ("Event.swift", "EvalSet.swift"))
    assert protocol_fields(f"\n`{event}` — ") <= set(re.findall(r'"(\w+)"', written))


def test_runner_has_a_name_of_its_own() -> None:
    assert launch.RUNNER_NAME not in (CORE / "Event.swift").read_text()


@pytest.mark.parametrize("path", sorted(CORE.glob("*.swift")), ids=lambda path: path.name)
def test_core_needs_foundation_only(path: Path) -> None:
    assert {"Foundation"} == set(re.findall(r"^import (\w+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", swift_files(), ids=lambda path: path.name)
def test_source_is_small_and_narrow(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= MAX_LINES
    assert [] == [line for line in lines if len(line) > 100]


def test_swift_tests_find_the_golden_files() -> None:
    levels = re.search(r"\(0\.\.<(\d)\)\.reduce\(URL\(fileURLWithPath: #filePath", _doubles())
    assert levels is not None
    assert (TESTS / "Doubles.swift").parents[int(levels[1]) - 1] == RUNNERS
    golden = (TESTS / "GoldenTests.swift").read_text()
    names = re.search(r"for name in \[(.*)\]", golden)
    assert names is not None
    for name in re.findall(r'"(\w+)"', names[1]):
        assert (RUNNERS / "transcripts" / f"{name}.ndjson").is_file()
    for name in re.findall(r'text\("([\w.]+)"\)', golden):
        assert (RUNNERS / name).is_file()


def _doubles() -> str:
    return (TESTS / "Doubles.swift").read_text()


def test_build_script_is_a_program() -> None:
    assert os.access(BUILD, os.X_OK)
    subprocess.run(["/bin/bash", "-n", BUILD], check=True, timeout=20)


@pytest.mark.parametrize(
    ("word", "environment", "said"),
    [
        ("nonsense", {}, "unknown word nonsense"),
        ("signed", {}, "set DEVELOPMENT_TEAM"),
        ("signed", {"DEVELOPMENT_TEAM": "ABCDE12345", "BUNDLE_ID": "a.b"}, "BUNDLE_ID must end"),
        ("unsigned", {"PATH": "/nowhere"}, "xcodebuild is missing"),
        ("test", {"PATH": "/nowhere"}, "swift is missing"),
    ],
)
def test_build_script_says_what_it_lacks(word: str, environment: dict[str, str], said: str) -> None:
    bare = {"PATH": os.environ["PATH"]} | environment
    argv = ["/bin/bash", str(BUILD), word]
    done = subprocess.run(argv, env=bare, capture_output=True, text=True, timeout=20, check=False)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr


def test_page_says_that_nothing_was_compiled() -> None:
    assert "awaits its first compile" in (IOS / "README.md").read_text()
