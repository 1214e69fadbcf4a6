"""A tiny fixed variant between blocks: when it moves, the device has, and no variant."""

from collections.abc import Sequence
from dataclasses import replace

from labtui.core.model import DeviceSnapshot, Variant
from labtui.core.plan import DeviceCanary, Plan
from labtui.core.suitability import suitability
from labtui.errors import UsageError

MOVED_SHARE = 0.05
"""More than launches of one variant differ on a phone at rest (1 to 2 %)."""


def with_canaries(
    plan: Plan, devices: Sequence[DeviceSnapshot], variants: Sequence[Variant]
) -> Plan:
    """Return the plan with the smallest of the variants that each device can run as its canary.

    Raises UsageError for a device that can run none.
    """
    ordered = sorted(variants, key=lambda variant: variant.size_bytes)
    return replace(plan, canaries=tuple(_canary(device, ordered) for device in devices))


def _canary(device: DeviceSnapshot, variants: Sequence[Variant]) -> DeviceCanary:
    for variant in variants:
        if suitability(variant, device).is_possible:
            return DeviceCanary(device.id, variant)
    raise UsageError(
        f"{device.name} cannot run the canary: name a file that all devices run, or leave it out."
    )


def has_moved(ratio: float | None) -> bool:
    """Whether a canary's p50 / the median of the earlier ones speaks of another device."""
    return ratio is not None and abs(ratio - 1) > MOVED_SHARE
