"""Manifests: read, written, and refused in one sentence."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.evalset import (
    MAX_MANIFEST_BYTES,
    GoldenItems,
    Task,
    channels_of,
    manifest_text,
    parse_manifest,
)
from labtui.core.protocol import Layout, Normalise
from labtui.errors import UsageError
from labtui.resources import demo_data

DEMO = (demo_data() / "pairs100" / "manifest.json").read_text("utf-8")


def changed(**fields: Any) -> str:
    return json.dumps(json.loads(DEMO) | fields)


def test_the_demo_set_is_read() -> None:
    eval_set = parse_manifest(DEMO, "pairs100")
    assert ("pairs100", Task.CLASSIFICATION, 1000, 100) == (
        eval_set.name,
        eval_set.task,
        eval_set.count,
        eval_set.classes,
    )
    assert ((1, 32, 64), "uint8", Layout.NCHW) == (eval_set.shape, eval_set.dtype, eval_set.layout)
    assert Normalise(1 / 255, (0.2,), (0.3,)) == eval_set.normalise
    assert (
        GoldenItems(("pairs_mbv2", "pairs_vit", "pairs_mvit"), tuple(range(8))) == eval_set.golden
    )
    assert (2_048_128, "pairs100") == (eval_set.inputs.size_bytes, eval_set.folder)


def test_what_is_written_is_read_again() -> None:
    eval_set = parse_manifest(DEMO)
    bare = replace(eval_set, golden=None, references=None, label_names=(), normalise=None)
    assert [eval_set, bare] == [parse_manifest(manifest_text(s)) for s in (eval_set, bare)]


def test_identity_is_what_is_scored_and_how_it_is_asked() -> None:
    eval_set = parse_manifest(DEMO)
    same = replace(eval_set, name="other", golden=None, references=None, folder="/x", source="")
    assert eval_set.digest == same.digest
    others = (
        replace(eval_set, layout=Layout.NHWC),
        replace(eval_set, normalise=None),
        replace(eval_set, inputs=eval_set.labels),
        replace(eval_set, labels=eval_set.inputs),
    )
    assert 5 == len({eval_set.digest, *(other.digest for other in others)})


def test_classes_without_names_have_their_number() -> None:
    eval_set = parse_manifest(DEMO)
    assert "07" == eval_set.label(7)
    assert "7" == replace(eval_set, label_names=()).label(7)


def test_hostile_text_is_cleaned_and_cut() -> None:
    names = ["\x1b]52;c;evil\x07"] + ["n" * 500] * 99
    eval_set = parse_manifest(changed(name="a\x1b[2Jb\n" * 50, label_names=names))
    assert not {"\x1b", "\n", "\x07"} & set("".join((eval_set.name, *eval_set.label_names)))
    assert 80 == len(eval_set.name) == len(eval_set.label_names[1])


FILES = json.loads(DEMO)["files"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format": 2}, "another labtui wrote it"),
        ({"format": "1"}, "format is not a whole number"),
        ({"task": "detection"}, "task is none of classification"),
        ({"count": 0}, "count is out of range"),
        ({"count": True}, "count is not a whole number"),
        ({"count": 10**9}, "count is out of range"),
        ({"classes": 1}, "classes is out of range"),
        ({"classes": 10**6}, "classes is out of range"),
        ({"classes": 99}, "label_names is not a list of at most 99 texts"),
        ({"classes": 101}, "label_names names 100 of 101 classes"),
        ({"shape": []}, "shape has no axes"),
        ({"shape": [0, 3]}, "out of range"),
        ({"shape": [1] * 9}, "shape is not a list of at most 8 numbers"),
        ({"shape": [10**9]}, "out of range"),
        ({"dtype": "object"}, "dtype is none of uint8, int8, float32"),
        ({"layout": "CHW"}, "layout is none of NCHW, NHWC"),
        ({"normalisation": {"scale": 1, "mean": [0], "std": [0]}}, "by zero"),
        ({"normalisation": {"scale": 1, "mean": [0]}}, "std is not a list"),
        ({"normalisation": {"scale": 1, "mean": [0, 0], "std": [1]}}, "neither one number nor 1"),
        ({"label_names": "abc"}, "label_names is not a list"),
        ({"golden": {"models": [], "items": [0]}}, "golden names no models"),
        ({"golden": {"models": ["a", "a"], "items": [0]}}, "a model twice"),
        ({"golden": {"models": ["a"], "items": [1, 0]}}, "not ascending"),
        ({"golden": {"models": ["a"], "items": [1000]}}, "not ascending"),
        ({"name": 7}, "name is not a string"),
        ({"files": {}}, "x.npy is not an object"),
        ({"files": FILES | {"x.npy": {"bytes": -1, "sha256": "0" * 64}}}, "bytes is out of range"),
        ({"files": FILES | {"x.npy": {"bytes": 1, "sha256": "../../etc"}}}, "64 lower-case hex"),
        ({"files": FILES | {"golden.npy": None}}, "golden.npy is not an object"),
    ],
)
def test_a_wrong_manifest_is_refused_by_what_is_wrong(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match="no manifest of an eval set") as caught:
        parse_manifest(changed(**fields), "/sets/mine")
    assert reason in str(caught.value)
    assert str(caught.value).startswith("/sets/mine/manifest.json")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "\ud800", "[" * 100_000, '{"count": NaN}', " " * (MAX_MANIFEST_BYTES + 1)],
)
def test_what_is_no_manifest_is_refused(content: str) -> None:
    with pytest.raises(UsageError, match="no manifest of an eval set"):
        parse_manifest(content)


@pytest.mark.parametrize(("layout", "channels"), [(Layout.NCHW, 3), (Layout.NHWC, 5)])
def test_the_layout_says_which_axis_counts_channels(layout: Layout, channels: int) -> None:
    assert channels == channels_of((3, 4, 5), layout)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(json.loads(DEMO))), values)
def test_no_value_does_anything_else_than_pass_or_fail(key: str, value: Any) -> None:
    try:
        eval_set = parse_manifest(changed(**{key: value}))
    except UsageError:
        return
    assert eval_set == parse_manifest(manifest_text(eval_set))
