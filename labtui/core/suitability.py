"""Which variants can run on which devices, known before anything is pushed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from labtui.core.inspection.facts import Inspection
from labtui.core.inspection.meaning import Compression, compression
from labtui.core.inspection.needs import foreign_ops, minimum_ios
from labtui.core.model import DeviceSnapshot, Platform, Variant, VariantFormat
from labtui.core.plan import Plan, Skip
from labtui.errors import UsageError

_USUAL = {
    Platform.ANDROID: (VariantFormat.TFLITE,),
    Platform.IOS: (VariantFormat.MLPACKAGE,),
    Platform.HOST: (VariantFormat.TFLITE,),
}
"""What the runners of real devices execute."""
_OTHER = {
    VariantFormat.TFLITE: VariantFormat.MLPACKAGE,
    VariantFormat.MLPACKAGE: VariantFormat.TFLITE,
}
_IOS_VERSION = re.compile(r"iOS (\d+)")
_LEGACY_ENGINE = "tflite-runtime"
_SHOWN_OPS = 3
_SHOWN_REASONS = 3
_SUB_BYTE = ("int4", "uint4", "int2")


@dataclass(frozen=True, slots=True)
class Suitability:
    """Whether one variant can run on one device; the variant is what the sentences speak of."""

    obstacles: tuple[str, ...] = ()
    """Why it cannot, each with what would help."""
    doubts: tuple[str, ...] = ()
    """Why it may fail, or may be wrong."""

    @property
    def is_possible(self) -> bool:
        """Whether trying makes sense."""
        return not self.obstacles


def suitability(variant: Variant, device: DeviceSnapshot) -> Suitability:
    """Judge by what is known of the file and of the device; what is not known is no obstacle."""
    if variant.format not in _formats(device):
        return Suitability(obstacles=(_wrong_format(variant, device),))
    if variant.inspection is None:
        return Suitability()
    if variant.format is VariantFormat.MLPACKAGE:
        return Suitability(obstacles=tuple(_system_too_old(variant.inspection, device)))
    return _of_tflite(variant.inspection, device)


def _formats(device: DeviceSnapshot) -> tuple[VariantFormat, ...]:
    facts = device.facts
    if facts is not None and facts.formats:
        return facts.formats
    if device.platform is Platform.IOS and (facts is None or facts.is_virtual):
        return tuple(VariantFormat)  # a virtual iPhone runs both; who is silent may be one
    return _USUAL.get(device.platform, tuple(VariantFormat))


def _wrong_format(variant: Variant, device: DeviceSnapshot) -> str:
    if device.platform is Platform.HOST:
        return f".{variant.format} files do not run on this computer: install labtui[ios]"
    other = _OTHER[variant.format]
    return f".{variant.format} files do not run there: convert the model to .{other}"


def _system_too_old(inspection: Inspection, device: DeviceSnapshot) -> Iterator[str]:
    found = _IOS_VERSION.match(device.facts.os_version) if device.facts else None
    needed = minimum_ios(inspection)
    if found and needed is not None and int(found[1]) < needed:
        yield (
            f"needs iOS {needed}, and this is iOS {found[1]}: "
            f"convert it with minimum_deployment_target=iOS{found[1]}"
        )


def _of_tflite(inspection: Inspection, device: DeviceSnapshot) -> Suitability:
    foreign = _foreign_words(inspection)
    if device.platform is not Platform.HOST:
        return Suitability(doubts=foreign)
    engine = device.facts.engine if device.facts else ""
    legacy = engine.startswith(_LEGACY_ENGINE)
    old = tuple(_too_new_for_legacy(inspection, engine)) if legacy else ()
    doubts = tuple(_wrong_on_legacy(inspection, engine)) if legacy else ()
    return Suitability((*foreign, *old), doubts)


def _foreign_words(inspection: Inspection) -> tuple[str, ...]:
    names = foreign_ops(inspection)
    if not names:
        return ()
    more = f" and {len(names) - _SHOWN_OPS} more" if len(names) > _SHOWN_OPS else ""
    shown = ", ".join(names[:_SHOWN_OPS])
    return (f"needs {shown}{more}, which stock LiteRT lacks: convert it with builtin ops only",)


def _too_new_for_legacy(inspection: Inspection, engine: str) -> Iterator[str]:
    if any(group.dtype in _SUB_BYTE for group in inspection.weights):
        yield f"has weights of 4 bits, which {engine} cannot read: install ai-edge-litert"


def _wrong_on_legacy(inspection: Inspection, engine: str) -> Iterator[str]:
    if compression(inspection) is Compression.DYNAMIC:
        yield (
            f"is of the dynamic-range kind, which {engine} often computes wrongly without a word: "
            "install ai-edge-litert, or have golden items checked"
        )


def fitted(plan: Plan, devices: Sequence[DeviceSnapshot]) -> Plan:
    """Return the plan without the pairs that cannot work; `devices` are the plan's.

    Raises UsageError when a device can run no variant, or a variant can run on no device.
    """
    skipped = tuple(_skips(plan, devices))
    _check_devices(plan, devices, skipped)
    _check_variants(plan, devices, skipped)
    return replace(plan, skipped=skipped)


def _skips(plan: Plan, devices: Sequence[DeviceSnapshot]) -> Iterator[Skip]:
    for device in devices:
        for index, planned in enumerate(plan.variants):
            found = suitability(planned.variant, device)
            if not found.is_possible:
                yield Skip(device.id, index, found.obstacles[0])


def _check_devices(plan: Plan, devices: Sequence[DeviceSnapshot], skipped: Sequence[Skip]) -> None:
    for device in devices:
        own = [skip for skip in skipped if skip.device == device.id]
        if len(own) == len(plan.variants):
            names = (plan.variants[skip.variant_index].variant.name for skip in own)
            raise UsageError(
                f"{device.name} can run none of the variants ({_reasons(names, own)}). "
                "Leave the device out, or add a variant for it."
            )


def _check_variants(plan: Plan, devices: Sequence[DeviceSnapshot], skipped: Sequence[Skip]) -> None:
    for index, planned in enumerate(plan.variants):
        own = [skip for skip in skipped if skip.variant_index == index]
        if len(own) == len(devices):
            names = (device.name for device in devices)
            raise UsageError(
                f"{planned.variant.name} can run on none of the devices ({_reasons(names, own)}). "
                "Leave the variant out, or add a device for it."
            )


def _reasons(names: Iterable[str], skips: Sequence[Skip]) -> str:
    """Return `name: reason` of the first few; those with a reason that was given are left out."""
    by_reason = {skip.reason: name for name, skip in zip(names, skips, strict=True)}
    shown = [f"{name}: {reason}" for reason, name in by_reason.items()]
    return "; ".join(shown[:_SHOWN_REASONS])
