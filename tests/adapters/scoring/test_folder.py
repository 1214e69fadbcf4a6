"""Eval sets on disk, checked before they are used."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labtui.adapters.scoring.folder import EvalFolder, read_eval_set
from labtui.errors import UsageError
from labtui.resources import demo_data
from tests.adapters.scoring.sets import MODEL, arrays, made, npy

CONTENT = arrays()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made(tmp_path, CONTENT)
    return tmp_path / "set"


def test_the_demo_set_is_sound() -> None:
    opened = EvalFolder.open(demo_data() / "pairs100")
    assert (1000, 1, 32, 64) == opened.inputs().shape
    assert ("int32", 0, 99) == (
        opened.labels().dtype.name,
        opened.labels().min(),
        opened.labels().max(),
    )
    reference = opened.reference("pairs_vit")
    assert reference is not None
    assert (8, 100) == reference.shape
    assert opened.reference("resnet") is None


def test_what_was_made_is_read(folder: Path) -> None:
    opened = EvalFolder.open(folder)
    assert (CONTENT.x == opened.inputs()).all()
    assert (CONTENT.y == opened.labels()).all()
    assert (CONTENT.reference[:8] == opened.reference(MODEL)).all()
    assert str(folder) == opened.eval_set.folder


def with_other(name: str, data: bytes) -> Callable[[Path], None]:
    """Replace a file and put its digest into the manifest, as a careless tool would."""

    def change(folder: Path) -> None:

        (folder / name).write_bytes(data)
        manifest = json.loads((folder / "manifest.json").read_text())
        digest = hashlib.sha256(data).hexdigest()
        manifest["files"][name] = {"bytes": len(data), "sha256": digest}
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return change


def flip(name: str) -> Callable[[Path], None]:
    """Change the last byte of a file."""

    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    return change


def as_folder(folder: Path) -> None:
    (folder / "x.npy").unlink()
    (folder / "x.npy").mkdir()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (flip("x.npy"), "x.npy is not the file that the manifest names"),
        (flip("y.npy"), "y.npy is not the file that the manifest names"),
        (flip("golden.npy"), "golden.npy is not the file that the manifest names"),
        (lambda folder: (folder / "x.npy").unlink(), "x.npy cannot be read"),
        (as_folder, "x.npy cannot be read"),
        (with_other("x.npy", npy(CONTENT.x[:39])), "holds uint8 39x1x2x3, not uint8 40x1x2x3"),
        (with_other("x.npy", npy(CONTENT.x.astype(np.float32))), "holds float32 40x1x2x3, not"),
        (with_other("x.npy", npy(CONTENT.x)[:-1]), "shorter than its header says"),
        (with_other("x.npy", b"PK\3\4"), "no .npy file"),
        (with_other("y.npy", npy(CONTENT.y.astype(np.float32))), "not 40 whole numbers"),
        (with_other("y.npy", npy(CONTENT.y + 1)), "a label that is not in 0 to 3"),
        (with_other("y.npy", npy(CONTENT.y - 1)), "a label that is not in 0 to 3"),
        (with_other("golden.npy", npy(CONTENT.reference[:8])), "not float32 1x8x4"),
        (
            with_other("golden.npy", npy(np.full((1, 8, 4), np.nan, np.float32))),
            "not finite",
        ),
        (lambda folder: (folder / "manifest.json").unlink(), "labtui evalset make"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"\xff"), "not UTF-8"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "format is not a whole"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, change: Callable[[Path], None], reason: str) -> None:
    change(folder)
    with pytest.raises(UsageError) as caught:
        EvalFolder.open(folder)
    assert reason in str(caught.value)


def test_the_manifest_alone_is_read_without_the_rest(folder: Path) -> None:
    (folder / "x.npy").unlink()
    assert "set" == read_eval_set(folder).name


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_eval_set(tmp_path / "nowhere")
