"""What a self-test leaves behind: complete, without private data, and never half written."""

import json
from pathlib import Path

import pytest

from labtui.cli.checks import Check, Health
from labtui.cli.scrub import Scrubber
from labtui.cli.selftest import Step
from labtui.cli.transcript import Transcript, check_place, write_transcript
from labtui.errors import UsageError
from tests.cli.test_scrub import UDID, snapshot

NAME = "Anna's iPhone"


def transcript() -> Transcript:
    checks = [Check("history", Health.GOOD, "/home/anna/history.sqlite")]
    steps = [Step("answers", passed=False, text=f"{NAME} ({UDID}) has left.", seconds=0.5)]
    return Transcript(snapshot(), checks, Path("/home/anna/net.mlpackage"), steps)


def test_it_says_what_explains_a_failure_and_nothing_else() -> None:
    document = transcript().document(Scrubber({NAME: "name", UDID: "serial"}))
    assert (1, "selftest_transcript", False) == (
        document["schema"],
        document["kind"],
        document["is_complete"],
    )
    assert "<name> (<serial>) has left." == document["steps"][0]["text"]
    assert "<path>" == document["checks"][0]["text"]
    assert {"format": "mlpackage"} == document["variant"]
    assert ("iPhone 14 Pro", "20G75") == tuple(
        document["device"]["facts"][key] for key in ("name", "build")
    )
    assert {"adbutils", "pymobiledevice3", "ai-edge-litert"} <= document["host"]["packages"].keys()
    shown = json.dumps(document).lower()
    assert "anna" not in shown
    assert UDID.lower() not in shown
    assert UDID.replace("-", "").lower() not in shown


def test_a_device_without_facts_has_a_transcript_too() -> None:
    bare = snapshot()
    document = Transcript(
        type(bare)(bare.id, bare.platform, bare.state, bare.transports), [], Path("x.tflite")
    ).document(Scrubber({}))
    assert ({}, []) == (document["device"]["facts"], document["steps"])


def test_it_replaces_an_older_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text("older")
    write_transcript(path, {"steps": []})
    assert {"steps": []} == json.loads(path.read_text())
    assert [path] == list(tmp_path.iterdir())


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "folder"
    taken.mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_transcript(taken, {})
    assert [taken] == list(tmp_path.iterdir())


def test_a_place_where_no_file_can_be_is_refused_beforehand(tmp_path: Path) -> None:
    check_place(tmp_path / "t.json")
    for place in (tmp_path, tmp_path / "gone" / "t.json"):
        with pytest.raises(UsageError, match="in a folder of yours"):
            check_place(place)
