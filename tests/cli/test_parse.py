"""`labtui parse` as people and as programs use it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labtui.cli import parse
from labtui.cli.main import main
from labtui.core.logs.sniff import ForeignKind
from tests.core.logs.benchmark_logs import NNAPI_FAILED, XNNPACK_37_OF_40, classic, profile
from tests.core.logs.test_foreign import FILES, TRANSCRIPTS

Write = Callable[[bytes | str], str]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Write a file to parse and return its path."""

    def write(data: bytes | str) -> str:
        path = tmp_path / "foreign"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    return write


def as_json(path: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["parse", path, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_one_versioned_document(file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    document = as_json(file(classic(XNNPACK_37_OF_40)), capsys)
    assert (1, "parsed", "benchmark_model") == (
        document["schema"],
        document["kind"],
        document["format"],
    )
    (run,) = document["content"]["runs"]
    assert ("ok", 8_241_500, 121) == (
        run["status"],
        run["inference"]["mean_ns"],
        run["inference"]["count"],
    )
    placement = run["placement"]
    assert ("full", False, 37) == (
        placement["coverage"],
        placement["is_fallback"],
        placement["parts"][0]["ops"],
    )


def test_runs_in_a_table_and_causes_beside_it(
    file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", file(classic(tail=profile()) + NNAPI_FAILED)]) == 0
    shown = capsys.readouterr()
    assert "8.242" in shown.out
    assert "leaf.tflite" in shown.out
    assert "profile of run 1" in shown.out
    assert "run 2: NN API returned error" in shown.err
    assert "aggregates" in shown.err


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_is_shown(kind: str, file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(FILES[ForeignKind(kind)])
    assert kind == as_json(path, capsys)["format"]
    assert main(["parse", path, "--ascii"]) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Thermal Status: 2\nHAL Ready: false\n", "moderate"),
        ("  AC powered: false\n  level: 54\n", "none"),
        ("/thermal_zone0/type:mtktsAP\n/thermal_zone0/temp:31500\n", "31.5"),
        ("/cpufreq/policy0/scaling_max_freq:1800000\n", "1800"),
        ("SER1 device usb:3-7 transport_id:4\n", "3-7"),
    ],
)
def test_what_people_see(
    text: str, word: str, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", file(text)]) == 0
    assert word in capsys.readouterr().out


def test_a_cut_transcript_says_so(file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", file((TRANSCRIPTS / "cut.ndjson").read_bytes())]) == 0
    assert "ends before" in capsys.readouterr().err


def test_stale_temperatures_are_said_to_be_missing(
    file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    sensor = "\tTemperature{mValue=99.0, mType=0, mName=c, mStatus=0}\n"
    assert main(["parse", file("Thermal Status: 0\nCached temperatures:\n" + sensor)]) == 0
    shown = capsys.readouterr()
    assert "no current temperatures" in shown.err
    assert "99" not in shown.out


@pytest.mark.parametrize("data", [b"", b"no log at all\n", b"\x89PNG\r\n\x1a\n\0"])
def test_what_cannot_be_read_is_wrong_input(
    data: bytes, file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", file(data)]) == 2
    assert "of no kind that labtui reads" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(tmp_path / "gone")]) == 2
    assert main(["parse", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_that_is_too_large(
    file: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "MAX_BYTES", 10)
    assert main(["parse", file("x" * 11)]) == 2
    assert "larger than" in capsys.readouterr().err


def test_hostile_text_reaches_no_terminal(file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = classic().replace("leaf", "\x1b]0;owned\x07[red]leaf")
    assert main(["parse", file(hostile)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]leaf" in shown
