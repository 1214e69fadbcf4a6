"""Eval sets from arrays, and what becomes of the folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labtui.adapters.scoring.folder import EvalFolder
from labtui.adapters.scoring.making import Made, Recipe, make_eval_set
from labtui.adapters.scoring.sources import ArraySource, read_label_names
from labtui.core.protocol import Layout, Normalise
from labtui.errors import UsageError
from tests.adapters.scoring.sets import Arrays, Values, array_folder, arrays, made, npy

CONTENT = arrays()
RECIPE = Recipe("set", None)


def quiet(_done: int, _total: int) -> None:
    """Tell nobody."""


def source(folder: Path, content: Arrays = CONTENT) -> ArraySource:
    return ArraySource(array_folder(folder / "arrays", content), Layout.NCHW, ())


def test_a_limited_choice_keeps_items_and_labels_together(tmp_path: Path) -> None:
    eval_set = made(tmp_path, CONTENT, replace(RECIPE, limit=10), golden=0).eval_set
    opened = EvalFolder.open(tmp_path / "set")
    assert (10, None) == (eval_set.count, eval_set.golden)
    places = [int(np.flatnonzero((CONTENT.x == x).all((1, 2, 3)))[0]) for x in opened.inputs()]
    assert places == sorted(places)
    assert CONTENT.y[places].tolist() == opened.labels().tolist()


def test_the_same_recipe_makes_the_same_set(tmp_path: Path) -> None:
    recipe = replace(RECIPE, limit=10, seed=3)
    digests = set()
    for name in "ab":
        (tmp_path / name).mkdir()
        digests.add(made(tmp_path / name, CONTENT, recipe).eval_set.digest)
    assert 1 == len(digests)


def test_everything_declared_is_kept(tmp_path: Path) -> None:
    recipe = Recipe("n", Normalise(2.0, (1.0,), (3.0,)), source="mine", licence="CC0-1.0")
    made(tmp_path, CONTENT, recipe)
    eval_set = EvalFolder.open(tmp_path / "set").eval_set
    assert ("n", "mine", "CC0-1.0") == (eval_set.name, eval_set.source, eval_set.licence)
    assert Normalise(2.0, (1.0,), (3.0,)) == eval_set.normalise
    assert ("uint8", (1, 2, 3), 4) == (eval_set.dtype, eval_set.shape, eval_set.classes)


def test_items_that_cannot_be_used_are_left_out_and_named(tmp_path: Path) -> None:
    x = CONTENT.x.astype(np.float32)
    x[5] = np.nan
    result = made(tmp_path, replace(CONTENT, x=x), golden=0)
    assert 39 == result.eval_set.count
    assert ["item 5"] == [item.name for item in result.skipped]
    assert (39,) == EvalFolder.open(tmp_path / "set").labels().shape


def test_a_set_of_nothing_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    x = np.full_like(CONTENT.x, np.nan, np.float32)
    with pytest.raises(UsageError, match="None of 40 items"):
        made(tmp_path, replace(CONTENT, x=x))
    assert ["golden.npy", "source"] == sorted(path.name for path in tmp_path.iterdir())


def make(folder: Path, *, replace_it: bool = False, recipe: Recipe = RECIPE) -> Made:
    return make_eval_set(source(folder), recipe, folder / "set", quiet, replace=replace_it)


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    made(tmp_path, CONTENT)
    before = (tmp_path / "set" / "manifest.json").read_bytes()
    with pytest.raises(UsageError, match="--replace"):
        make(tmp_path)
    assert before == (tmp_path / "set" / "manifest.json").read_bytes()


def test_a_set_is_replaced_when_asked(tmp_path: Path) -> None:
    made(tmp_path, CONTENT)
    make(tmp_path, replace_it=True, recipe=replace(RECIPE, name="new"))
    assert "new" == EvalFolder.open(tmp_path / "set").eval_set.name
    names = {path.name for path in tmp_path.iterdir()}
    assert {"set", "source", "arrays", "golden.npy"} == names


def test_what_is_no_eval_set_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="is no eval set"):
        make(tmp_path, replace_it=True)
    assert "mine" == (tmp_path / "set" / "thesis.txt").read_text()


def test_an_interrupted_making_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_eval_set(source(tmp_path), RECIPE, tmp_path / "set", interrupt)
    assert ["arrays"] == [path.name for path in tmp_path.iterdir()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        make_eval_set(source(tmp_path), RECIPE, tmp_path / "file" / "set", quiet)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (npy(CONTENT.reference), "not float32 [1 to 10 items, 4 classes]"),
        (npy(CONTENT.reference[:8].astype(np.float64)), "not float32"),
        (npy(CONTENT.reference[:8, :3]), "not float32"),
        (npy(np.full((8, 4), np.inf, np.float32)), "not finite"),
        (b"", "holds no golden outputs"),
    ],
)
def test_golden_outputs_must_fit(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "g.npy").write_bytes(data)
    with pytest.raises(UsageError) as caught:
        make(tmp_path, recipe=replace(RECIPE, limit=10, golden=(("net", tmp_path / "g.npy"),)))
    assert reason in str(caught.value)


def test_all_models_have_the_same_golden_items(tmp_path: Path) -> None:
    for items in (4, 5):
        np.save(tmp_path / f"{items}.npy", CONTENT.reference[:items])
    golden = tuple((f"net{items}", tmp_path / f"{items}.npy") for items in (4, 5))
    with pytest.raises(UsageError, match="as many items"):
        make(tmp_path, recipe=replace(RECIPE, golden=golden))


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (CONTENT.x, CONTENT.y[:39], "40 items and y.npy 39"),
        (CONTENT.x.astype(np.float64), CONTENT.y, "x.npy cannot be used"),
        (CONTENT.x[:0], CONTENT.y[:0], "x.npy cannot be used"),
        (CONTENT.x[:, 0, 0, 0], CONTENT.y, "x.npy cannot be used"),
        (CONTENT.x, CONTENT.y.astype(np.float32), "y.npy cannot be used"),
        (CONTENT.x, CONTENT.y - 1, "labels from -1 to 2"),
        (CONTENT.x, CONTENT.y + 70_000, "labels count from 0"),
    ],
)
def test_arrays_that_are_no_labelled_items_are_refused(
    tmp_path: Path, x: Values, y: Values, reason: str
) -> None:
    with pytest.raises(UsageError) as caught:
        source(tmp_path, replace(CONTENT, x=x, y=y))
    assert reason in str(caught.value)


def test_names_of_classes_come_from_text(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\n dog \nb\x1bird\n", "utf-8")
    assert ("cat", "dog", "b\ufffdird") == read_label_names(tmp_path / "labels.txt")


@pytest.mark.parametrize("content", [b"", b"one\n", b"\xff\xfe\n\n", b"x\n" * 70_000])
def test_a_text_without_names_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(UsageError, match=r"labels\.txt"):
        read_label_names(tmp_path / "labels.txt")


def test_labels_beyond_the_names_are_refused(tmp_path: Path) -> None:
    folder = array_folder(tmp_path / "arrays", CONTENT)
    with pytest.raises(UsageError, match="3 classes"):
        ArraySource(folder, Layout.NCHW, ("a", "b", "c"))
