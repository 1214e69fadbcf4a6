"""Predictions as they are kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.accuracy import NO_CLASS, Predictions, decode_predictions, encode_predictions

ROW = st.tuples(st.integers(NO_CLASS, 65_535), st.integers(1, 255), st.integers(0, 10_000))


@given(st.lists(ROW, max_size=50))
def test_what_was_kept_comes_back(rows: list[tuple[int, int, int]]) -> None:
    predictions = Predictions(
        predicted=tuple(row[0] for row in rows),
        label_rank=tuple(row[1] for row in rows),
        confidence=tuple(row[2] / 10_000 for row in rows),
    )
    assert predictions == decode_predictions(encode_predictions(predictions))


def test_an_item_takes_about_a_dozen_bytes() -> None:
    predictions = Predictions((42,) * 1000, (1,) * 1000, (0.9876,) * 1000)
    assert len(encode_predictions(predictions)) < 13_000


def test_columns_have_one_length() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Predictions((1, 2), (1,), (0.5,))


@pytest.mark.parametrize(
    "item",
    [
        [65_536, 1, 1],
        [-2, 1, 1],
        [True, 1, 1],
        [2.0, 1, 1],
        ["1", 1, 1],
        [1, 0, 1],
        [1, 256, 1],
        [1, None, 1],
        [1, 1, 10_001],
        [1, 1],
        [[1], 1, 1],
        7,
    ],
)
def test_other_items_are_refused(item: object) -> None:
    with pytest.raises(ValueError, match=r"predictions|argument"):
        decode_predictions(json.dumps([[1, 1, 1], item]))


@pytest.mark.parametrize("content", ["", "{}", "null", "[7]", "[[]]", "[" * 100_000, "7"])
def test_other_content_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_predictions(content)


@given(st.text())
def test_no_text_does_anything_else_than_fail(content: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_predictions(content)
