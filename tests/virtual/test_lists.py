"""Lists of phones of both platforms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.errors import UsageError
from labtui.virtual.ios.profile import iphone_names
from labtui.virtual.lists import DEMO, PhoneList, parse_phone_list, phone_names
from labtui.virtual.profile import profile_names

DEMO_PHONES = PhoneList(
    androids=("pixel-7-pro", "galaxy-s23-ultra", "redmi-12c"),
    iphones=("iphone-14-pro", "iphone-13-pro"),
)


@pytest.mark.parametrize(
    ("text", "androids", "iphones"),
    [
        ("demo", DEMO_PHONES.androids, DEMO_PHONES.iphones),
        ("demo,redmi-12c", (*DEMO_PHONES.androids, "redmi-12c"), DEMO_PHONES.iphones),
        ("demo*2", DEMO_PHONES.androids * 2, DEMO_PHONES.iphones * 2),
        ("pixel-7-pro", ("pixel-7-pro",), ()),
        ("iphone-16", (), ("iphone-16",)),
        ("iphone-16, pixel-7-pro,iphone-8*2", ("pixel-7-pro",), ("iphone-16", *["iphone-8"] * 2)),
        ("redmi-12c*128", ("redmi-12c",) * 128, ()),
    ],
)
def test_phone_lists(text: str, androids: tuple[str, ...], iphones: tuple[str, ...]) -> None:
    assert PhoneList(androids, iphones) == parse_phone_list(text)


@pytest.mark.parametrize(
    "text",
    ["", "nokia-3310", "redmi-12c*", "redmi-12c*0", "redmi-12c*129", "iphone-16*127,redmi-12c*2",
     "redmi-12c*x", "redmi-12c*-1", "redmi-12c*²", "redmi-12c*2*2", "../x", "demo,", "*3", "*"],
)  # fmt: skip
def test_phone_lists_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no virtual phone|1 to 128 phones"):
        parse_phone_list(text)


def test_a_list_that_is_none_names_the_phones_of_both_platforms() -> None:
    with pytest.raises(UsageError, match=r"'nokia-3310' is no .*demo.*pixel-7-pro.*iphone-16"):
        parse_phone_list("pixel-7-pro,nokia-3310")


@pytest.mark.parametrize("digits", [4, 12, 5000])
def test_a_number_out_of_all_bounds_is_no_count(digits: int) -> None:
    with pytest.raises(UsageError, match="is no virtual phone"):
        parse_phone_list("redmi-12c*" + "9" * digits)


def test_a_name_is_one_of_one_platform() -> None:
    assert set(DEMO) <= set(phone_names())
    assert len(phone_names()) == len(set(phone_names()))
    assert not set(profile_names()) & set(iphone_names())


@given(st.text(alphabet="demoiphn-16*,² 90xz", max_size=40))
def test_any_text_is_a_list_or_a_usage_error(text: str) -> None:
    try:
        phones = parse_phone_list(text)
    except UsageError:
        return
    assert 0 < len(phones.androids) + len(phones.iphones) <= 128
