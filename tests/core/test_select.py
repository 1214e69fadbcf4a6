"""The selector grammar."""

import pytest

from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)
from labtui.core.select import select
from labtui.errors import NothingMatched, UsageError


def device(name: str, serial: str, soc: str, *, is_virtual: bool = False) -> DeviceSnapshot:
    return DeviceSnapshot(
        DeviceId(f"android:{serial}"),
        Platform.ANDROID,
        DeviceState.READY,
        (Transport(serial, TransportKind.USB, DeviceState.READY),),
        facts=DeviceFacts(serial, name, soc, "Android 14", "b", "arm64-v8a", is_virtual),
    )


PIXEL = device("Pixel 7 Pro", "1A2B", "Tensor G2")
GALAXY = device("Galaxy S23 Ultra", "R5CT", "Snapdragon 8 Gen 2", is_virtual=True)
BENCH = (PIXEL, GALAXY)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([], BENCH),
        (["all"], BENCH),
        (["android"], BENCH),
        (["pixel*"], (PIXEL,)),
        (["pixel-7-pro"], (PIXEL,)),
        (["Pixel 7 Pro"], (PIXEL,)),
        (["serial:R5CT"], (GALAXY,)),
        (["soc:tensor-g2"], (PIXEL,)),
        (["soc:snapdragon*"], (GALAXY,)),
        (["android:1A2B"], (PIXEL,)),
        (["id:android:1A2B"], (PIXEL,)),
        (["virtual"], (GALAXY,)),
        (["galaxy*", "pixel*"], BENCH),
    ],
)
def test_selectors_pick(selectors: list[str], expected: tuple[DeviceSnapshot, ...]) -> None:
    assert select(BENCH, selectors) == expected


def test_a_selector_that_picks_nothing_is_named_with_what_there_is() -> None:
    with pytest.raises(NothingMatched, match=r"'nexus\*'; on the bench: Pixel 7 Pro, Galaxy"):
        select(BENCH, ["pixel*", "nexus*"])


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="serial:, soc:"):
        select(BENCH, ["chip:x"])
