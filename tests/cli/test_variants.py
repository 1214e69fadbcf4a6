"""`labtui variants inspect`: report, document, folders, refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from labtui.cli.main import main
from labtui.resources import demo_data
from tests.tiny_mlpackage import linear
from tests.tiny_tflite import fully_connected

FULL8 = demo_data() / "variants" / "pairs_mbv2.full8.tflite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a variant of each format, and a file that is none."""
    (tmp_path / "tiny.fp32.tflite").write_bytes(fully_connected())
    linear().save(tmp_path / "tiny.fp32.mlpackage")
    (tmp_path / "README.md").write_text("hello")
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[dict[str, Any]]:
    assert 0 == main(["variants", "inspect", "--json", *map(str, paths)])
    found = json.loads(capsys.readouterr().out)
    assert (1, "variants") == (found["schema"], found["kind"])
    variants: list[dict[str, Any]] = found["variants"]
    return variants


def test_the_report_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["variants", "inspect", str(FULL8)])
    out = " ".join(capsys.readouterr().out.split())
    for words in (
        "compression full integer, inputs and outputs too",
        "stored int8 per channel 97 %, int32 per channel 3 %; 8.0 bits a weight",
        "computes in int8 (27 ops)",
        "declared runtime 2.0.0 (the converter's claim, often wrong)",
        "int8 per channel 24 56,976 57.0 KB integer",
        "CONV_2D 1 int8 15",
    ):
        assert words in out


def test_the_document_holds_the_facts_and_their_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (variant,) = document(capsys, FULL8)
    meaning = variant["meaning"]
    assert ("full integer", True, []) == (
        meaning["compression"],
        meaning["is_full_integer"],
        meaning["mismatches"],
    )
    assert ["NCHW"] == meaning["layouts"]
    assert {"name": "CONV_2D", "version": 1, "dtype": "int8", "count": 15} == variant["inspection"][
        "ops"
    ][0]


def test_a_folder_stands_for_the_variants_in_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variants = document(capsys, folder)
    assert ["mlpackage", "tflite"] == [variant["format"] for variant in variants]
    assert [None, 17] == sorted((v["meaning"]["minimum_ios"] for v in variants), key=str)[::-1]


def test_a_package_is_reported_with_the_ios_it_needs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["variants", "inspect", str(folder / "tiny.fp32.mlpackage")])
    assert "iOS 17 or newer (specification 8, opset CoreML7)" in capsys.readouterr().out


def test_a_folder_without_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["variants", "inspect", str(tmp_path)])
    assert "There is no .tflite file and no .mlpackage in there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("net.tflite", b"", "is empty"),
        ("net.tflite", b"hello", "is not a TFLite file"),
        ("net.tflite", fully_connected()[:200], "is truncated or damaged"),
        ("net.mlpackage", b"hello", "is no folder"),
        ("net.onnx", b"hello", "has to end in .tflite or .mlpackage"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, name: str, content: bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert 2 == main(["variants", "inspect", str(tmp_path / name)])
    out, err = capsys.readouterr()
    assert ("", 1) == (out, len(err.splitlines()))
    assert sentence in err
