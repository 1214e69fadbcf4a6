"""Which variant is a device's canary, and when it has moved."""

from dataclasses import replace

import pytest

from labtui.core.canary import has_moved, with_canaries
from labtui.core.duration import expected_duration_s
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Tool,
    Transport,
    TransportKind,
    VariantFormat,
)
from labtui.core.plan import canary_of, needed_variants
from labtui.errors import UsageError
from tests.core.test_plan import GALAXY, PIXEL, a_plan, planned

IPHONE = DeviceId("ios:1")
PACKAGE = replace(planned("c").variant, format=VariantFormat.MLPACKAGE, size_bytes=5)
LARGE = replace(planned("d").variant, size_bytes=99)
SMALL = replace(planned("e").variant, size_bytes=7)


def device(name: DeviceId) -> DeviceSnapshot:
    transport = Transport(name, TransportKind.USB, DeviceState.READY)
    platform = Platform(name.partition(":")[0])
    return DeviceSnapshot(name, platform, DeviceState.READY, (transport,))


def test_each_device_gets_the_smallest_that_it_can_run() -> None:
    devices = [device(PIXEL), device(IPHONE)]
    plan = with_canaries(a_plan(devices=(PIXEL, IPHONE)), devices, [LARGE, PACKAGE, SMALL])
    assert (SMALL, PACKAGE) == (canary_of(plan, PIXEL), canary_of(plan, IPHONE))
    assert canary_of(plan, GALAXY) is None
    assert ["a", "b", "e"] == [variant.name for variant in needed_variants(plan, PIXEL)]
    assert expected_duration_s(a_plan()) < expected_duration_s(plan)


def test_a_device_that_can_run_none_is_named() -> None:
    with pytest.raises(UsageError, match=r"cannot run the canary: name a file"):
        with_canaries(a_plan(), [device(PIXEL)], [PACKAGE])


def test_totals_have_no_canary() -> None:
    plan = with_canaries(a_plan(), [device(PIXEL)], [SMALL])
    with pytest.raises(UsageError, match="leave out the canary"):
        replace(plan, tool=Tool("/x", planned("a").variant.digest, 1))


@pytest.mark.parametrize(
    ("ratio", "expected"), [(None, False), (1.0, False), (1.049, False), (1.051, True), (0.9, True)]
)
def test_moved_is_more_than_5_percent(ratio: float | None, expected: bool) -> None:
    assert expected is has_moved(ratio)
