"""iPhones on the command line: pairing, installing, doctor and self-test, as people use them."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.android.engine_files import a_library
from tests.e2e.rig import TIMEOUT_S, Labtui, Phones, environment, serve
from tests.terminal import Terminal
from tests.virtual.ios.rig import make_ipa

IPHONE = "iphone*"
RUNNER = "org.example.labtui.runner"
GIVEN_NAME = "[bold]7[/bold]"
"""A part of the name that `hostile_text` gives."""
Inflict = Callable[..., None]


@pytest.fixture
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    with serve(tmp_path_factory.mktemp("bench"), "iphone-14-pro,pixel-7-pro") as phones:
        yield phones


@pytest.fixture
def lab(labtui: Labtui, phones: Phones) -> Labtui:
    labtui.extra = phones.extra
    return labtui


@pytest.fixture
def inflict(lab: Labtui, phones: Phones) -> Inflict:
    """Break things on the iPhone."""

    def inflict(*faults: str) -> None:
        for fault in faults:
            result = lab.run("virtual", "fault", phones.control, phones.udids[0], fault)
            assert 0 == result.returncode, result.stderr

    return inflict


def state_of(lab: Labtui) -> str:
    (device,) = lab.json("devices", IPHONE)["devices"]
    return str(device["state"])


def told(lab: Labtui, code: int, *words: str | Path) -> str:
    """Run a command that ends with this code; return the one sentence or so that it says."""
    result = lab.run(*words)
    assert code == result.returncode, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def test_trust_is_given_ended_and_given_again(lab: Labtui, inflict: Inflict) -> None:
    inflict("trust=forgotten")
    assert "not paired" == state_of(lab)
    said = told(lab, 0, "pair", IPHONE)
    assert "Unlock iPhone 14 Pro, tap Trust on it and enter its passcode" in said
    assert said.endswith("iPhone 14 Pro is paired with this computer.\n")
    assert "ready" == state_of(lab)
    assert "tap Trust" not in told(lab, 0, "pair", IPHONE)
    assert "have forgotten each other" in told(lab, 0, "unpair", IPHONE)
    assert "not paired" == state_of(lab)
    document = lab.json("pair", IPHONE)
    assert ("pair", "ready") == (document["kind"], document["device"]["state"])


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        (("trust=no",), "Somebody has tapped Don't Trust"),
        (("trust=pending",), "tap Trust and enter its passcode; then run"),
        (("hang",), "does not answer|has stopped answering"),
    ],
)
def test_a_pairing_that_fails_says_why(
    lab: Labtui, inflict: Inflict, faults: tuple[str, ...], sentence: str
) -> None:
    inflict("trust=forgotten", *faults)
    said = told(lab, 3, "pair", "ios", "--wait", "1")  # one that hangs does not tell its name
    assert any(words in said for words in sentence.split("|")), said


def test_waiting_for_trust_ends_with_ctrl_c(lab: Labtui, inflict: Inflict) -> None:
    inflict("trust=forgotten", "trust=pending")
    with lab.start("pair", IPHONE) as running:
        assert running.process.stderr is not None
        assert "tap Trust" in running.process.stderr.readline()
        running.signal(signal.SIGINT)
        assert 130 == running.process.wait(TIMEOUT_S)
        assert "Traceback" not in running.process.stderr.read()


def test_what_cannot_be_paired(lab: Labtui, inflict: Inflict) -> None:
    assert "leave out Pixel 7 Pro" in told(lab, 2, "pair", "pixel*")
    assert "leave out This computer" in told(lab, 2, "unpair", "host")
    assert "No device matches 'galaxy*'" in told(lab, 4, "pair", "galaxy*")
    assert "--wait takes 0 to 600 seconds" in told(lab, 2, "pair", IPHONE, "--wait", "nan")


def test_which_of_two_iphones_is_asked(labtui: Labtui) -> None:
    said = told(labtui, 2, "--virtual", "iphone-14-pro*2", "unpair", IPHONE)
    assert "means 2 iPhones: name one of serial:" in said


def test_a_phone_that_another_labtui_uses_is_left_alone(
    lab: Labtui, inflict: Inflict, tmp_path: Path
) -> None:
    inflict("trust=forgotten", "trust=pending")
    with lab.start("pair", IPHONE) as running:
        assert running.process.stderr is not None
        assert "tap Trust" in running.process.stderr.readline()
        assert "in use by another labtui" in told(lab, 3, "unpair", IPHONE)
        ipa = make_ipa(tmp_path / "runner.ipa", RUNNER)
        said = told(lab, 3, "runner", "install", IPHONE, "--ipa", ipa)
        assert "in use by another labtui" in said


def test_a_signed_runner_is_installed(lab: Labtui, inflict: Inflict, tmp_path: Path) -> None:
    inflict("app=missing")
    assert "runner not installed" == state_of(lab)
    ipa = make_ipa(tmp_path / "runner.ipa", RUNNER)
    (device,) = lab.json("runner", "install", IPHONE, "--ipa", ipa)["devices"]
    (placed,) = device["placed"]
    assert ("app", "runner.ipa", RUNNER, True) == tuple(
        placed[key] for key in ("kind", "name", "path", "was_sent")
    )
    assert "runner closed" == state_of(lab)


def test_a_terminal_sees_how_far_an_installation_is(
    lab: Labtui, inflict: Inflict, tmp_path: Path
) -> None:
    ipa = make_ipa(tmp_path / "runner.ipa", RUNNER)
    argv = [sys.executable, "-m", "labtui", "runner", "install", IPHONE, "--ipa", str(ipa)]
    terminal = Terminal(argv, environment(lab.home, **lab.extra), (120, 30))
    try:
        terminal.wait_for_text("iPhone 14 Pro: 50 %")
        terminal.wait_for_text("iPhone 14 Pro: 100 %")
        terminal.wait_for_text(f"{RUNNER} (sent, verified)")
    finally:
        terminal.child.close(force=True)


REFUSED = [
    ("install_error=ApplicationVerificationFailed", "does not accept the app's signature"),
    ("install_error=MismatchedApplicationIdentifierEntitlement", "another team has signed"),
    ("install_error=DeviceOSVersionTooLow", "needs a newer iOS than iPhone 14 Pro has"),
    ("storage_full", "has no room left"),
    ("trust=forgotten", "This computer is not paired with it: run `labtui pair"),
]


@pytest.mark.parametrize(("fault", "sentence"), REFUSED)
def test_an_installation_that_fails_says_why(
    lab: Labtui, inflict: Inflict, tmp_path: Path, fault: str, sentence: str
) -> None:
    inflict(fault)
    ipa = make_ipa(tmp_path / "runner.ipa", RUNNER)
    assert sentence in told(lab, 3, "runner", "install", IPHONE, "--ipa", ipa)


def test_what_cannot_be_installed(lab: Labtui, tmp_path: Path) -> None:
    ipa = make_ipa(tmp_path / "runner.ipa", RUNNER)
    install = ("runner", "install")
    for words, sentence in (
        ((IPHONE,), "name it with --ipa FILE"),
        ((IPHONE, "--engine", a_library(tmp_path), "--ipa", ipa), "are for Android phones"),
        ((IPHONE, "--replace"), "give both"),
        (("pixel*", "--ipa", ipa), "--ipa is for iPhones: leave out Pixel 7 Pro"),
        (("host", "--ipa", ipa), "Only phones need"),
        ((IPHONE, "--ipa", tmp_path / "none.ipa"), "cannot be read"),
    ):
        assert sentence in told(lab, 2, *install, *words)


def test_the_doctor_checks_keys_library_and_usbmuxd(lab: Labtui, inflict: Inflict) -> None:
    inflict("trust=forgotten")
    told(lab, 0, "pair", IPHONE)
    (folder,) = lab.home.rglob("labtui/pairs")
    (record,) = folder.glob("*.plist")
    assert (0o700, 0o600) == (folder.stat().st_mode & 0o777, record.stat().st_mode & 0o777)
    checks = {check["name"]: check for check in lab.json("doctor")["checks"]}
    assert "closed to others" in checks["pair records"]["text"]
    assert "1 attached" in checks["usbmuxd"]["text"]
    assert checks["iPhone library"]["text"].startswith("pymobiledevice3 ")
    assert "answers" == checks["adb"]["text"]
    record.chmod(0o644)
    result = lab.run("doctor")
    assert (3, True) == (result.returncode, "others can read 1 of them" in result.stdout)


def kept(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


@pytest.mark.parametrize("phone", [(IPHONE, "iPhone 14 Pro"), ("pixel*", "Pixel 7 Pro")])
def test_a_self_test_leaves_a_transcript_that_names_nobody(
    lab: Labtui, inflict: Inflict, phones: Phones, tmp_path: Path, phone: tuple[str, str]
) -> None:
    selector, name = phone
    inflict("hostile_text")
    path = tmp_path / "transcript.json"
    result = lab.run("doctor", "--selftest", selector, "--transcript", path)
    assert 0 == result.returncode, result.stdout + result.stderr
    document = kept(path)
    assert (name, True) == (document["device"]["facts"]["name"], document["is_complete"])
    assert all(step["passed"] for step in document["steps"])
    assert "p50" in next(s["text"] for s in document["steps"] if s["name"] == "measures a variant")
    shown = path.read_text().lower()
    private = (*phones.udids, *phones.serials, str(lab.home), str(tmp_path), GIVEN_NAME)
    assert [] == [word for word in private if word.lower() in shown]


def test_an_iphone_is_not_asked_for_what_no_iphone_has(lab: Labtui) -> None:
    result = lab.run("doctor", "--selftest", IPHONE)
    assert 0 == result.returncode, result.stdout + result.stderr
    assert ["ok"] * 9 == [line.split()[0] for line in result.stdout.splitlines()]
    assert "thermal status none" in result.stdout
    assert "nnapi" not in result.stdout
    assert "clock limits" not in result.stdout


def test_a_phone_that_is_not_ready_leaves_a_transcript_too(
    lab: Labtui, inflict: Inflict, phones: Phones, tmp_path: Path
) -> None:
    inflict("trust=forgotten")
    path = tmp_path / "transcript.json"
    told(lab, 3, "doctor", "--selftest", IPHONE, "--transcript", path)
    document = kept(path)
    (step,) = document["steps"]
    assert ("is ready", False) == (step["name"], step["passed"])
    assert "labtui pair ios:<serial>" in step["text"]
    assert phones.udids[0] not in path.read_text()


def test_a_transcript_needs_a_place_and_a_self_test(lab: Labtui, tmp_path: Path) -> None:
    assert "belong to --selftest" in told(lab, 2, "doctor", "--transcript", tmp_path / "t")
    nowhere = tmp_path / "none" / "t"
    said = told(lab, 2, "doctor", "--selftest", IPHONE, "--transcript", nowhere)
    assert "name a file in a folder of yours" in said


def test_an_interrupted_self_test_keeps_what_it_has(lab: Labtui, tmp_path: Path) -> None:
    path = tmp_path / "transcript.json"
    with lab.start("doctor", "--selftest", IPHONE, "--transcript", path) as running:
        running.until("selftest_step", name="answers")
        running.signal(signal.SIGINT)
        assert 130 == running.finish()
    document = kept(path)
    assert document["is_complete"] is False
    assert {"is ready", "answers"} <= {step["name"] for step in document["steps"]}
