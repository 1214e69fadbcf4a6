"""The live filter of tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.filter import Filter

ROW = {
    "device": ["Pixel 7 Pro"],
    "soc": ["Tensor G2"],
    "serial": ["1A2B", "10.0.0.7:5555"],
    "variant": ["mobilenet_v2 int8"],
    "tag": ["release", "v1.2"],
    "started": ["2026-03-05 10:15"],
    "note": [],
    "p50 ms": ["–"],
}


@pytest.mark.parametrize(
    ("words", "is_shown"),
    [
        ("", True),
        ("   ", True),
        ("pix", True),
        ("PIXEL", True),
        ("pixel-7", True),
        ("pixel*", True),
        ("7*", False),
        ("*pro", True),
        ("p?xel*", True),
        ("soc:tensor-g2", True),
        ("soc:pixel", False),
        ("device:pix variant:int8", True),
        ("device:pix variant:fp16", False),
        ("tag:release tag:v1.2", True),
        ("tag:", True),
        ("note:x", False),
        ("Device:PIX", True),
        ("10:15", True),
        ("10:16", False),
        ("serial:10.0.0.7:5555", True),
        ("galaxy", False),
        ("pix galaxy", False),
        ("–", True),
        ("…", False),
        ("[", False),
        ("*", True),
    ],
)
def test_all_words_must_be_found(words: str, is_shown: bool) -> None:
    assert is_shown is Filter(words).matches(ROW)


def test_a_filter_without_words_is_none() -> None:
    assert (False, True) == (bool(Filter("  ")), bool(Filter("x")))


@given(text=st.text(min_size=1), other=st.text(max_size=5))
def test_a_text_is_found_by_each_of_its_words(text: str, other: str) -> None:
    fields = {"a": [text, other]}
    for word in text.split():
        assert Filter(word).matches(fields)


@given(words=st.text(), text=st.text())
def test_nothing_typed_breaks_it(words: str, text: str) -> None:
    Filter(words).matches({"device": [text]})
