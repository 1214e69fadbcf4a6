import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.df import parse_free_bytes
from labtui.core.logs.getprop import parse_getprop

TOYBOX = """\
Filesystem      1K-blocks     Used Available Use% Mounted on
/dev/block/dm-5 112834564 41234564  71600000  37% /data
"""
WRAPPED = """\
Filesystem           1K-blocks      Used Available Use% Mounted on
/dev/block/platform/soc/by-name/userdata
                      51343840  11343840  40000000  23% /data
"""
HUMAN = "Filesystem Size Used Avail Use% Mounted on\n/dev/dm-5 107G 39G 68.5G 37% /data\n"
TOOLBOX = "Filesystem               Size     Used     Free   Blksize\n/data 25.1G 8.1G 17.0G 4096\n"


@pytest.mark.parametrize(
    ("text", "free_bytes"),
    [
        (TOYBOX, 71_600_000 * 1024),
        (WRAPPED, 40_000_000 * 1024),
        (HUMAN, int(68.5 * 1024**3)),
        (TOOLBOX, 17 * 1024**3),
        ("df: /data: Permission denied\n", None),
        ("Filesystem 1K-blocks Used Available Use% Mounted on\n", None),
        ("", None),
    ],
)
def test_free_bytes(text: str, free_bytes: int | None) -> None:
    assert free_bytes == parse_free_bytes(text)


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        (
            "[ro.product.model]: [Pixel 7 Pro]\n[ro.a]: []\n",
            {"ro.product.model": "Pixel 7 Pro", "ro.a": ""},
        ),
        ("[persist.x]: [two\nlines]\n[b]: [c]\r\n", {"persist.x": "two\nlines", "b": "c"}),
        ("[a]: [x [y]]\n", {"a": "x [y]"}),
        ("no properties\n", {}),
    ],
)
def test_properties(text: str, properties: dict[str, str]) -> None:
    assert properties == parse_getprop(text)


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_getprop("[a]: [" + text)
    parse_free_bytes("Filesystem 1K-blocks Used Available Use%\n" + text)
