"""Which variants fit which devices, and plans that are made to fit."""

from dataclasses import replace

import pytest

from labtui.core.inspection.facts import Inspection, OpGroup, Scheme, WeightGroup, WeightUse
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    Platform,
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.plan import Plan, PlannedVariant, Skip
from labtui.core.presets import PRESETS
from labtui.core.suitability import fitted, suitability
from labtui.errors import UsageError

FLOAT_OPS = (OpGroup("CONV_2D", 1, "float32", 1),)
CUSTOM_OPS = tuple(OpGroup(f"CUSTOM Flex{name}", 1, "float32", 1) for name in "ABCDE")
INT4 = WeightGroup("int4", Scheme.PER_CHANNEL, WeightUse.DEQUANTIZED, False, 1, 10, 5)
DYNAMIC = WeightGroup("int8", Scheme.PER_CHANNEL, WeightUse.HYBRID, False, 1, 10, 10)


def variant(name: str, format_: VariantFormat, inspection: Inspection | None = None) -> Variant:
    return Variant(
        f"{name}.{format_}", name, "", format_, Digest(name * 64), 10, (), (), (), (), 0, inspection
    )


def device(
    platform: Platform, os_version: str = "", *, is_virtual: bool = False, **facts: object
) -> DeviceSnapshot:
    transport = Transport("1", TransportKind.USB, DeviceState.READY)
    known = DeviceFacts("1", platform.name.title(), "", os_version, "", "", is_virtual)
    return DeviceSnapshot(
        DeviceId(f"{platform}:1"),
        platform,
        DeviceState.READY,
        (transport,),
        facts=replace(known, **facts),  # type: ignore[arg-type]
    )


LITE = variant("a", VariantFormat.TFLITE, Inspection(3, FLOAT_OPS, ()))
PACKAGE = variant("b", VariantFormat.MLPACKAGE, Inspection(8, (), ()))
CUSTOM = replace(LITE, inspection=Inspection(3, CUSTOM_OPS, ()))
ANDROID = device(Platform.ANDROID, "Android 14")
IPHONE = device(Platform.IOS, "iOS 17.5.1")
VIRTUAL_IPHONE = device(Platform.IOS, "iOS 17.5.1", is_virtual=True)
HOST = device(Platform.HOST)
LEGACY = device(Platform.HOST, engine="tflite-runtime 2.14.0")
BOTH = device(Platform.HOST, formats=tuple(VariantFormat))

IMPOSSIBLE = {
    "Core ML on Android": (PACKAGE, ANDROID, "convert the model to .tflite"),
    "TFLite on an iPhone": (LITE, IPHONE, "convert the model to .mlpackage"),
    "Core ML on a host without it": (PACKAGE, HOST, "install labtui[ios]"),
    "too new for the phone": (
        replace(PACKAGE, inspection=Inspection(9, (), ())),
        IPHONE,
        "needs iOS 18, and this is iOS 17: convert it with minimum_deployment_target=iOS17",
    ),
    "too new for the virtual phone": (
        replace(PACKAGE, inspection=Inspection(10, (), ())), VIRTUAL_IPHONE, "needs iOS 26",
    ),
    "custom ops on the host": (CUSTOM, HOST, "needs FlexA, FlexB, FlexC and 2 more, which stock"),
    "4 bits on the old engine": (
        replace(LITE, inspection=Inspection(3, FLOAT_OPS, (INT4,))),
        LEGACY,
        "tflite-runtime 2.14.0 cannot read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_run(name: str) -> None:
    file, phone, words = IMPOSSIBLE[name]
    found = suitability(file, phone)
    assert not found.is_possible
    assert words in found.obstacles[0]


DOUBTFUL = {
    "custom ops on a phone": (CUSTOM, ANDROID, "stock LiteRT lacks"),
    "dynamic range on the old engine": (
        replace(LITE, inspection=Inspection(3, FLOAT_OPS, (DYNAMIC,))), LEGACY, "often computes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_may_fail(name: str) -> None:
    file, phone, words = DOUBTFUL[name]
    found = suitability(file, phone)
    assert found.is_possible
    assert words in found.doubts[0]


FITTING = {
    "TFLite on Android": (LITE, ANDROID),
    "Core ML on an iPhone": (PACKAGE, IPHONE),
    "Core ML on a virtual iPhone": (PACKAGE, VIRTUAL_IPHONE),
    "TFLite on a virtual iPhone": (LITE, VIRTUAL_IPHONE),
    "TFLite on the host": (LITE, HOST),
    "Core ML on a host that can": (PACKAGE, BOTH),
    "a file that nobody looked into": (replace(PACKAGE, inspection=None), IPHONE),
    "a version that is not known": (replace(PACKAGE, inspection=Inspection(99, (), ())), IPHONE),
    "an iPhone that has not said": (PACKAGE, replace(IPHONE, facts=None)),
    "an iPhone of unknown version": (PACKAGE, device(Platform.IOS, "iOS ?")),
    "somebody's log": (PACKAGE, device(Platform.IMPORTED)),
}


@pytest.mark.parametrize("name", FITTING)
def test_what_fits(name: str) -> None:
    found = suitability(*FITTING[name])
    assert ((), ()) == (found.obstacles, found.doubts)


def a_plan(*devices: DeviceSnapshot, variants: tuple[Variant, ...] = (LITE, PACKAGE)) -> Plan:
    planned = tuple(PlannedVariant(one, EngineOptions()) for one in variants)
    return Plan("p", planned, tuple(d.id for d in devices), PRESETS["quick"])


def test_each_device_of_a_mixed_bench_gets_the_variants_that_fit_it() -> None:
    bench = (ANDROID, IPHONE)
    plan = fitted(a_plan(*bench), bench)
    expected = (
        Skip(ANDROID.id, 1, ".mlpackage files do not run there: convert the model to .tflite"),
        Skip(IPHONE.id, 0, ".tflite files do not run there: convert the model to .mlpackage"),
    )
    assert expected == plan.skipped


def test_a_plan_where_all_fits_leaves_nothing_out() -> None:
    plan = a_plan(VIRTUAL_IPHONE)
    assert plan == fitted(plan, (VIRTUAL_IPHONE,))


def test_a_device_without_any_variant_is_an_error() -> None:
    bench = (ANDROID, IPHONE)
    with pytest.raises(UsageError, match=r"Ios can run none of the variants \(a: \.tflite files"):
        fitted(a_plan(*bench, variants=(LITE,)), bench)


def test_a_variant_without_any_device_is_an_error() -> None:
    newer = replace(PACKAGE, inspection=Inspection(9, (), ()))
    bench = (ANDROID, IPHONE)
    with pytest.raises(UsageError) as caught:
        fitted(a_plan(*bench, variants=(LITE, PACKAGE, newer)), bench)
    assert str(caught.value) == (
        "b can run on none of the devices (Android: .mlpackage files do not run there: convert "
        "the model to .tflite; Ios: needs iOS 18, and this is iOS 17: convert it with "
        "minimum_deployment_target=iOS17). Leave the variant out, or add a device for it."
    )
