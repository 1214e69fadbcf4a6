import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.hygiene import (
    OFF,
    SETTINGS,
    Kept,
    OldValue,
    Setting,
    Space,
    first_values,
    in_order,
    is_old_value,
    is_same,
    parse_value,
    setting_named,
    summary,
)

BRIGHTNESS = setting_named("system/screen_brightness")
MODE = setting_named("power/fixed_performance_mode")
assert BRIGHTNESS is not None
assert MODE is not None


@pytest.mark.parametrize(
    ("told", "expected"),
    [("102\n", "102"), (" 1.0 \r\n", "1.0"), ("-1", "-1"), ("1.0E-4", "1.0E-4"), ("null\n", None)],
)
def test_values_that_phones_tell(told: str, expected: str | None) -> None:
    assert expected == parse_value(told)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "\n",
        "true",
        "1 2",
        "1\n2",
        "0; reboot",
        "$(id)",
        "1e999",
        "nan",
        "inf",
        "9" * 40,
        "\x1b[1m",
    ],
)
def test_what_cannot_be_given_back_is_no_value(told: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        parse_value(told)


@given(st.text(max_size=20))
def test_a_value_is_a_number_whatever_a_phone_says(told: str) -> None:
    try:
        value = parse_value(told)
    except ValueError:
        return
    assert value is None or is_same(value, value)


SAME = [("0", "0.0", True), ("1.0", "1", True), ("10", "11", False), (None, None, True)]
SAME += [("0", None, False), (None, "0", False)]


@pytest.mark.parametrize(("one", "other", "expected"), SAME)
def test_phones_print_numbers_in_their_own_way(
    one: str | None, other: str | None, expected: bool
) -> None:
    assert expected == is_same(one, other)


OLD: list[tuple[Setting, object, bool]] = [
    (BRIGHTNESS, "102", True), (BRIGHTNESS, None, True), (BRIGHTNESS, "x", False),
]  # fmt: skip
OLD += [(BRIGHTNESS, 102, False), (MODE, OFF, True), (MODE, None, False), (MODE, "0", False)]


@pytest.mark.parametrize(("setting", "value", "expected"), OLD)
def test_what_a_journal_may_hold(setting: Setting, value: object, expected: bool) -> None:
    assert expected == is_old_value(setting, value)


def test_settings_have_names_of_their_own_and_are_found_by_them() -> None:
    assert [setting_named(setting.name) for setting in SETTINGS] == list(SETTINGS)
    assert setting_named("global/adb_enabled") is None


def test_brightness_is_set_once_nothing_adapts_it_and_clocks_come_last() -> None:
    names = [setting.name for setting in SETTINGS]
    assert names.index("system/screen_brightness_mode") < names.index("system/screen_brightness")
    assert Space.POWER is SETTINGS[-1].space


def test_the_older_value_is_the_one_to_give_back() -> None:
    journal = [OldValue(SETTINGS[5], "102")]
    read = [OldValue(SETTINGS[0], "1.0"), OldValue(SETTINGS[5], "10")]
    assert (read[0], journal[0]) == first_values(journal, read)


@given(st.permutations([OldValue(setting, None) for setting in SETTINGS]))
def test_old_values_come_in_the_order_of_change(values: list[OldValue]) -> None:
    assert list(SETTINGS) == [old.setting for old in in_order(values)]


SUMMARIES = [
    ((), "no settings to keep"),
    ((Kept("global/window_animation_scale", "0"),), "in force: window animations off"),
    (
        (Kept(BRIGHTNESS.name, "10"), Kept(MODE.name, "true", "no HAL")),
        "in force: brightness 10; not supported: fixed-performance mode (no HAL)",
    ),
    (
        (Kept("global/stay_on_while_plugged_in", "7", "no permission"),),
        "in force: nothing; not supported: stay awake while plugged in (no permission)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kept", "expected"), SUMMARIES)
def test_a_summary_tells_both(kept: tuple[Kept, ...], expected: str) -> None:
    assert expected == summary(kept)
