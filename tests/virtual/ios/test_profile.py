"""The kinds of iPhones."""

import re

import pytest

from labtui.errors import BenchUnavailable, UsageError
from labtui.virtual.ios.bench import VirtualIphones
from labtui.virtual.ios.profile import iphone_names, load_iphone, number_iphones


def test_every_step_of_ios_that_matters_is_there() -> None:
    versions = {load_iphone(key).ios[:2] for key in iphone_names()}
    assert {(16, 6), (16, 7), (17, 2), (18, 5), (26, 1)} == versions


@pytest.mark.parametrize("key", iphone_names())
def test_an_identity_is_like_a_real_one_and_always_the_same(key: str) -> None:
    profile = load_iphone(key)
    is_old = profile.architecture == "arm64"
    shape = "[0-9a-f]{40}" if is_old else f"{profile.chip_id:08X}-[0-9A-F]{{16}}"
    assert re.fullmatch(shape, profile.udid(0))
    assert profile.udid(0) == profile.udid(0) != profile.udid(1)
    assert re.fullmatch("[0-9A-Z]{10}", profile.serial(0))
    assert re.fullmatch("02(:[0-9a-f]{2}){5}", profile.wifi_address(0))
    assert is_old or f"{profile.ecid(0):016X}" == profile.udid(0)[9:]


@pytest.mark.parametrize("key", iphone_names())
def test_a_phone_gets_warmer_and_slower_by_thermal_states(key: str) -> None:
    steps = load_iphone(key).heat.steps
    assert [1, 2, 3] == [step.status for step in steps]
    assert sorted(step.skin_c for step in steps) == [step.skin_c for step in steps]
    ratios = [1.0, *(step.clock_ratio for step in steps), 0.0]
    assert sorted(ratios, reverse=True) == ratios


def test_phones_of_a_kind_are_numbered() -> None:
    numbered = number_iphones(["iphone-16", "iphone-8", "iphone-16"])
    assert [("iphone-16", 0), ("iphone-8", 0), ("iphone-16", 1)] == [
        (profile.key, index) for profile, index in numbered
    ]


def test_an_unknown_phone_is_named() -> None:
    with pytest.raises(UsageError, match="iphone-1"):
        VirtualIphones(["iphone-1"])


def test_there_is_no_usbmuxd_outside_of_the_bench() -> None:
    with pytest.raises(BenchUnavailable):
        VirtualIphones(["iphone-8"]).address  # noqa: B018 (asking is enough)
