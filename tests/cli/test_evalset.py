"""`labtui evalset` as people and as programs use it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labtui.cli.main import main
from labtui.core.evalset import EvalSet, parse_manifest
from labtui.core.protocol import Normalise
from labtui.resources import demo_data

DEMO = demo_data() / "pairs100"
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make a folder of two classes with three images each."""
    for label in ("cat", "dog"):
        (tmp_path / "images" / label).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (40, 30), (number, 0, 0)).save(
                tmp_path / "images" / label / f"{number}.png"
            )
    return tmp_path / "images"


def make(source: Path, *options: str) -> int:
    return main(["evalset", "make", str(source), "--out", str(source.parent / "set"), *options])


def document(printed: Printed) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(printed.readouterr().out)
    return parsed


def made(source: Path) -> EvalSet:
    return parse_manifest((source.parent / "set" / "manifest.json").read_text())


def test_the_demo_set_is_described(capsys: Printed) -> None:
    assert 0 == main(["evalset", "show", str(DEMO)])
    shown = capsys.readouterr().out
    for text in ("1,000", "100 of 100", "uint8 1x32x64 NCHW", "pairs_mbv2", "CC-BY-4.0", "+- 1.9"):
        assert text in shown


def test_the_document_has_everything(capsys: Printed) -> None:
    assert 0 == main(["evalset", "show", str(DEMO), "--json"])
    shown = document(capsys)
    assert ("evalset", "pairs100", 1000) == (
        shown["kind"],
        shown["evalset"]["name"],
        sum(shown["items_per_class"]),
    )
    assert 64 == len(shown["digest"])


def test_images_become_a_set(images: Path, capsys: Printed) -> None:
    assert 0 == make(images, "--size", "8", "--limit", "4", "--layout", "NHWC", "--json")
    shown = document(capsys)
    assert ([2, 2], [], (8, 8, 3)) == (
        shown["items_per_class"],
        shown["skipped"],
        tuple(shown["evalset"]["shape"]),
    )
    eval_set = made(images)
    assert ("cat", "dog") == eval_set.label_names
    assert Normalise(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)) == eval_set.normalise
    assert "shorter side to 9 px" in eval_set.preparation


def test_skipped_images_are_told_apart_from_the_data(images: Path, capsys: Printed) -> None:
    for number in range(7):
        (images / "cat" / f"broken{number}.png").write_bytes(b"nothing")
    assert 0 == make(images, "--size", "8", "--json")
    printed = capsys.readouterr()
    assert 7 == len(json.loads(printed.out)["skipped"])
    assert "skipped cat/broken0.png: cannot identify" in printed.err
    assert "skipped 2 more" in printed.err


@pytest.mark.parametrize(
    ("options", "normalise"),
    [
        ((), Normalise(1 / 255, (0.0,), (1.0,))),
        (("--mean", "0.2", "--std", "0.3"), Normalise(1 / 255, (0.2,), (0.3,))),
        (("--std", "0.5"), Normalise(1 / 255, (0.0,), (0.5,))),
    ],
)
def test_normalisation_of_bytes(
    tmp_path: Path, options: tuple[str, ...], normalise: Normalise, capsys: Printed
) -> None:
    out = tmp_path / "set"
    assert 0 == main(["evalset", "make", str(DEMO), "--out", str(out), "--limit", "20", *options])
    assert normalise == parse_manifest((out / "manifest.json").read_text()).normalise
    assert "20" in capsys.readouterr().out


def test_floats_are_handed_over_as_they_are(tmp_path: Path, capsys: Printed) -> None:
    source = tmp_path / "arrays"
    source.mkdir()
    np.save(source / "x.npy", np.zeros((4, 3, 2, 2), np.float32))
    np.save(source / "y.npy", np.array([0, 1, 0, 1]))
    np.save(tmp_path / "ref.npy", np.ones((2, 2), np.float32))
    assert 0 == make(source, "--golden", f"net={tmp_path / 'ref.npy'}", "--name", "mine")
    eval_set = made(source)
    assert ("mine", None) == (eval_set.name, eval_set.normalise)
    assert eval_set.golden is not None
    assert (("net",), (0, 1)) == (eval_set.golden.models, eval_set.golden.items)
    assert "as it is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--limit", "0"), "--limit needs"),
        (("--size", "0"), "do not fit"),
        (("--size", "64", "--resize", "32"), "do not fit"),
        (("--size", "9999"), "do not fit"),
        (("--mean", "1,2"), "one for each of 3"),
        (("--std", "0"), "above 0"),
        (("--mean", "nan"), "finite"),
        (("--labels", "nowhere.txt"), "cannot be read"),
        (("--out", "/"), "names no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    images: Path, options: tuple[str, ...], reason: str, capsys: Printed
) -> None:
    assert 2 == make(images, *options)
    assert reason in capsys.readouterr().err
    assert ["images"] == [path.name for path in images.parent.iterdir()]


@pytest.mark.parametrize("option", [("--golden", "file.npy"), ("--mean", "x")])
def test_words_that_cannot_be_parsed_are_refused(
    images: Path, option: tuple[str, str], capsys: Printed
) -> None:
    with pytest.raises(SystemExit, match="2"):
        make(images, *option)
    assert option[0] in capsys.readouterr().err


def test_a_set_is_replaced_only_when_asked(images: Path, capsys: Printed) -> None:
    assert 0 == make(images, "--size", "8")
    assert 2 == make(images, "--size", "16")
    assert "--replace" in capsys.readouterr().err
    assert (3, 8, 8) == made(images).shape
    assert 0 == make(images, "--size", "16", "--replace")
    assert (3, 16, 16) == made(images).shape
