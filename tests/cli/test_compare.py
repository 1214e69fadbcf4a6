"""`labtui compare` over a real history."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from labtui.cli import compare_arguments
from labtui.cli.compare_markdown import escaped
from labtui.cli.main import main
from labtui.core.compare.table import Gate
from labtui.core.compare.verdict import DEFAULT_MARGIN
from labtui.core.placement import PlacedPart
from tests.cli.long_history import ABBA, VARIANTS, session, stored
from tests.terminal import Terminal

FASTER, SLOWER = {0: 10.0, 1: 8.0}, {0: 10.0, 1: 12.0}
THREE = (0, 1, 2, 2, 1, 0) * 8


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Two sessions: int8 is faster, then slower and less accurate."""
    return stored(
        tmp_path / "history.db",
        session(FASTER, tags=("good",)),
        session(SLOWER, uid="01S111", tags=("bad",), wrong={0: 0, 1: 40}),
    )


def printed(db: str, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert code == main(["--db", db, "compare", *words])
    return capsys.readouterr().out


def document(db: str, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(printed(db, capsys, "--json", *words))


def test_the_newest_session_is_compared(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(db, capsys)
    assert "▼ slower" in out
    assert "20.0 % more time [19." in out
    assert " = 16.7 % less speed [" in out
    assert ", 16 pairs." in out
    assert "-10.0 [" in out  # points of accuracy
    assert "· baseline" in out


@pytest.mark.parametrize("words", [["--session", "01S000"], ["--session", "good"], ["good"]])
def test_a_session_by_its_id_or_tag(
    db: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "▲ faster" in printed(db, capsys, *words)


def test_the_document_has_every_number_and_its_conditions(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(db, capsys, "--session", "good", "--margin", "0.05", "--stat", "p90")
    assert (1, "comparison", 0.05, "p90") == tuple(
        found[key] for key in ("schema", "kind", "margin", "stat")
    )
    baseline, row = found["rows"]
    assert ("baseline", None) == (baseline["verdict"], baseline["comparison"])
    assert ("faster", "net int8 (gpu, 2 threads)") == (row["verdict"], row["variant"])
    assert 0.8 == pytest.approx(row["comparison"]["p90"]["ratio"], rel=0.01)
    assert 16 == row["comparison"]["p50"]["pairs"]
    assert "LiteRT 2.3" == row["conditions"]["engine"]
    assert row["comparison"]["p_holm"] < 0.001
    assert [f"01S000L{i:04}" for i in (1, 2)] == row["launches_used"][:2]


def test_an_interval_without_ends_is_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = stored(tmp_path / "h.db", session(FASTER, (0, 1)))
    row = document(db, capsys)["rows"][1]
    assert (None, None, 5) == (
        row["comparison"]["p50"]["low"],
        row["comparison"]["p50"]["high"],
        row["comparison"]["more_launches"],
    )


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ([], ["baseline", "faster", "slower"]),
        (["*int8"], ["baseline", "faster"]),
        (["net int8"], ["baseline", "faster"]),
        (["--baseline", "*int8"], ["slower", "baseline", "slower"]),
        (["int4", "int8"], ["faster", "baseline"]),
        (["int4", "int8", "fp32"], ["faster", "faster", "baseline"]),
        (["--baseline", "int4", "fp32"], ["faster", "baseline"]),
    ],
)
def test_what_is_compared_with_what(
    tmp_path: Path, words: list[str], verdicts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    times = {0: 10.0, 1: 8.0, 2: 12.0}
    db = stored(tmp_path / "h.db", session(times, THREE, variants=VARIANTS))
    assert verdicts == [row["verdict"] for row in document(db, capsys, *words)["rows"]]


def test_two_sessions_are_refused_a_number(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(db, capsys, "good", "bad")
    assert "≠ not comparable" in out
    assert "They ran in different sessions" in out
    assert "Unpaired" not in out
    assert "more time" not in out
    forced = printed(db, capsys, "good", "bad", "--force")
    assert "Unpaired, not comparable: 50.0 % more time = 33.3 % less speed." in forced
    rows = document(db, capsys, "good", "bad")["rows"]
    assert [(None, None)] * 2 == [(row["unpaired_ratio"], row["comparison"]) for row in rows]


def test_one_after_the_other_is_refused_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = stored(tmp_path / "h.db", session(FASTER, (0,) * 8 + (1,) * 8))
    assert "Launches were not interleaved" in printed(db, capsys)


def test_a_fallback_is_beside_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = (PlacedPart("cpu", "XNNPACK", 64),)
    db = stored(tmp_path / "h.db", session(FASTER, parts=parts))
    assert "Fell back: gpu asked, cpu XNNPACK 64 used." in printed(db, capsys)


@pytest.mark.parametrize(
    ("fail_on", "tag", "code"),
    [
        ("slower", "bad", 1),
        ("slower", "good", 0),
        ("less-accurate", "bad", 1),
        ("less-accurate", "good", 0),
        ("broken,cannot-tell", "bad", 0),
        ("broken, slower", "bad", 1),
    ],
)
def test_gates(
    db: str, fail_on: str, tag: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code == main(["--db", db, "compare", "--session", tag, "--fail-on", fail_on])
    told = capsys.readouterr().err
    assert bool(code) is ("net int8 (gpu, 2 threads) on Pixel 7 Pro" in told)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--margin", "2"], 2, "--margin is a share"),
        (["--margin", "nan"], 2, "--margin is a share"),
        (["--fail-on", "slow"], 2, "--fail-on knows no 'slow'"),
        (["*fp64"], 4, "No variant matches '*fp64'; there are net fp32 (gpu, 2 threads), net"),
        (["--baseline", "x"], 4, "No variant matches 'x'"),
        (["--device", "iphone*"], 4, "No device matches 'iphone*'; in the session: Pixel 7 Pro."),
        (["--session", "x"], 4, "No session matches 'x'"),
        (["good", "01S000"], 2, "Both words mean session 01S000"),
        (["--device", "colour:red"], 2, "'colour' is no device key"),
    ],
)
def test_what_cannot_be(
    db: str, words: list[str], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code == main(["--db", db, "compare", *words])
    assert sentence in capsys.readouterr().err


def test_one_variant_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = stored(tmp_path / "h.db", session({0: 10.0}, (0, 0), variants=VARIANTS[:1]))
    assert 4 == main(["--db", db, "compare"])
    assert "There is nothing to compare" in capsys.readouterr().err


@pytest.mark.parametrize("selector", ["pixel*", "soc:tensor-g2", "android", "serial:1A2B3C4D5E"])
def test_devices_are_picked_by_the_one_grammar(
    db: str, selector: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == len(document(db, capsys, "--device", selector)["rows"])


def test_sessions_can_be_taken_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [session(FASTER, ABBA, uid) for uid in ("01S000", "01S111")]
    db = stored(tmp_path / "h.db", *few)
    words = ["--session", "01S000", "--session", "01S111"]
    row = document(db, capsys, *words)["rows"][1]
    assert ("faster", 8) == (row["verdict"], row["comparison"]["p50"]["pairs"])


def test_markdown_for_a_pull_request(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    header, rule, baseline, row, empty, sentence = printed(db, capsys, "--markdown").splitlines()
    assert {header.count("|")} == {rule.count("|"), baseline.count("|"), row.count("|")}
    assert "| Pixel 7 Pro | net int8 (gpu, 2 threads) | ▼ slower | " in row
    assert ("", True) == (empty, sentence.startswith("- Pixel 7 Pro: net int8 (gpu, 2 threads) is"))


def test_help_tells_what_there_is() -> None:
    assert DEFAULT_MARGIN == compare_arguments._MARGIN
    assert ",".join(Gate) == compare_arguments._GATES


def test_names_are_no_markup() -> None:
    assert r"a\|b \[x\](y) \<b\> \`c\` \_d\_" == escaped("a|b [x](y) <b> `c` _d_")


def test_ascii_is_ascii(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(db, capsys, "--ascii").isascii()


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal(db: str, columns: int, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "labtui", "--db", db, "compare"]
    terminal = Terminal(argv, {**os.environ, "HOME": str(tmp_path)}, (columns, 24))
    terminal.wait_for_text("METHOD.md")
    shown = terminal.text
    assert 0 == terminal.end()
    assert "▼ slower" in shown
    assert "●" in shown
    assert ("top-1" in shown) is (columns >= 120)
