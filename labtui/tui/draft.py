"""The next plan: marked devices x chosen variants under a preset."""

from dataclasses import dataclass

from labtui.core.model import DeviceSnapshot, EngineOptions, Variant
from labtui.core.plan import PRESETS, Plan, PlannedVariant, Preset


@dataclass(slots=True)
class Draft:
    """What the plan view edits."""

    preset_name: str = "quick"
    seed: int = 0
    """Seed of the order of launches; the app draws a new one after each start."""

    @property
    def preset(self) -> Preset:
        """The preset chosen."""
        return PRESETS[self.preset_name]

    def step(self, by: int) -> None:
        """Take another preset of the list, around its ends."""
        names = list(PRESETS)
        self.preset_name = names[(names.index(self.preset_name) + by) % len(names)]

    def plan(self, variants: tuple[Variant, ...], devices: tuple[DeviceSnapshot, ...]) -> Plan:
        """Return the plan. Raises UsageError when there is nothing to run."""
        models = sorted({variant.model for variant in variants})
        return Plan(
            name=f"{', '.join(models)} ({self.preset_name})",
            variants=tuple(PlannedVariant(variant, EngineOptions()) for variant in variants),
            devices=tuple(device.id for device in devices),
            preset=self.preset,
            seed=self.seed,
        )
