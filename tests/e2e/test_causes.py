"""Every way in which a launch can fail has one name: in the events, the history, the export."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labtui.failure import FailureCode
from labtui.resources import data
from tests.e2e.rig import Labtui, Phones, serve

QUICK = ("--runs", "5", "--launches", "1")


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    """One phone for all cases: each leaves it as it was."""
    with serve(tmp_path_factory.mktemp("bench"), "pixel-7-pro") as phones:
        yield phones


@pytest.fixture
def lab(labtui: Labtui, phones: Phones) -> Labtui:
    labtui.extra = phones.extra
    return labtui


def inflict(lab: Labtui, phones: Phones, fault: str) -> None:
    result = lab.run("virtual", "fault", phones.control, phones.serials[0], fault)
    assert 0 == result.returncode, result.stderr


def events_of(lab: Labtui, *words: str | Path) -> list[dict[str, Any]]:
    with lab.start("run", *words, *QUICK) as running:
        assert 3 == running.finish()
    assert "Traceback" not in running.stderr
    return [line["event"] for line in running.lines if "event" in line]


def names_of(lab: Labtui) -> set[str]:
    """Return the cause as the history, its JSON and its export name it."""
    (launch,) = lab.json("history", "show", "last")["launches"]
    (row,) = csv.DictReader(io.StringIO(lab.run("export", "last", "--level", "launches").stdout))
    shown = lab.run("history", "show", "last")
    assert launch["code"] in shown.stdout + shown.stderr
    return {launch["code"], row["error_code"]}


FAULTS = [
    ("engine=missing", FailureCode.ENGINE_MISSING),
    ("engine=wrong_abi", FailureCode.ENGINE_WRONG_ABI),
    ("engine=too_old", FailureCode.ENGINE_TOO_OLD),
    ("memory=short", FailureCode.OUT_OF_MEMORY),
    ("runner=wrong_abi", FailureCode.RUNNER_WRONG_ABI),
    ("runner=crash", FailureCode.RUNNER_CRASHED),
    ("runner=garbage", FailureCode.PROTOCOL_BROKEN),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_a_broken_phone_has_a_named_cause(
    lab: Labtui, phones: Phones, tiny: Path, fault: str, code: FailureCode
) -> None:
    inflict(lab, phones, fault)
    try:
        events = events_of(lab, tiny)
    finally:
        inflict(lab, phones, f"{fault.partition('=')[0]}=")
    assert {code.value} == {event["code"] for event in events if event.get("code")}
    assert {code.value} == names_of(lab)


def test_an_accelerator_that_is_not_there(lab: Labtui, tiny: Path) -> None:
    events_of(lab, tiny, "--accelerator", "gpu")
    assert {"accelerator_missing"} == names_of(lab)


def test_a_variant_with_an_op_that_the_engine_lacks(lab: Labtui) -> None:
    events_of(lab, data("runners") / "check" / "unknown_op.tflite")
    assert {"op_unsupported"} == names_of(lab)


def test_a_killed_runner(lab: Labtui, phones: Phones, tiny: Path) -> None:
    with lab.start("run", tiny, "--seconds", "60", "--launches", "1") as running:
        running.until_measured()
        inflict(lab, phones, "kill_runner")
        assert 3 == running.finish()
    assert {"runner_killed"} == names_of(lab)
