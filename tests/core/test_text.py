"""Nothing that a terminal obeys survives."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.text import clean


@pytest.mark.parametrize(
    ("hostile", "expected"),
    [
        ("Pixel 7 Pro", "Pixel 7 Pro"),
        ("a\x1b[31mred", "a\ufffd[31mred"),
        ("\x1b]52;c;aGk=\x07", "\ufffd]52;c;aGk=\ufffd"),
        ("two\nlines\r\n", "two\ufffdlines\ufffd\ufffd"),
        ("csi \x9b1m", "csi \ufffd1m"),
        ("gnp.\u202eexe", "gnp.\ufffdexe"),
        ("[bold]kept[/]", "[bold]kept[/]"),
        ("Café 手机", "Café 手机"),
    ],
)
def test_controls_become_visible(hostile: str, expected: str) -> None:
    assert clean(hostile) == expected


def test_long_text_is_cut_with_a_mark() -> None:
    assert clean("x" * 200, limit=10) == "x" * 9 + "…"


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_control_character_of_any_kind_survives(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 120
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs")]
    assert clean(shown) == shown
