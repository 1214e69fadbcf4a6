"""The next plan: marked devices x chosen variants under a preset."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from labtui.core.accelerators import ACCELERATORS
from labtui.core.model import DeviceSnapshot, EngineOptions, Variant
from labtui.core.plan import Plan, PlannedVariant
from labtui.core.presets import PRESETS, Preset
from labtui.core.suitability import fitted

THREADS = (1, 2, 4, 8)
CONTROL_RUNS = 20
"""Enough for a median that tells an accelerator from none."""

_T = TypeVar("_T")


@dataclass(slots=True)
class Draft:
    """What the plan view edits."""

    preset_name: str = "quick"
    engine: EngineOptions = field(default_factory=EngineOptions)
    has_control: bool = False
    """Whether each variant runs once more without what was asked for."""
    seed: int = 0
    """Seed of the order of launches; the app draws a new one after each start."""

    @property
    def preset(self) -> Preset:
        """The preset chosen."""
        control_runs = CONTROL_RUNS if self.has_control else 0
        return replace(PRESETS[self.preset_name], control_runs=control_runs)

    def step(self, by: int) -> None:
        """Take another preset of the list, around its ends."""
        self.preset_name = _next(tuple(PRESETS), self.preset_name, by)

    def step_accelerator(self) -> None:
        """Ask for the next accelerator."""
        accelerator = _next(ACCELERATORS, self.engine.accelerator)
        self.engine = replace(self.engine, accelerator=accelerator)

    def step_threads(self) -> None:
        """Take more threads, then one again."""
        self.engine = replace(self.engine, threads=_next(THREADS, self.engine.threads))

    def plan(self, variants: tuple[Variant, ...], devices: tuple[DeviceSnapshot, ...]) -> Plan:
        """Return the plan without the pairs that cannot work.

        Raises UsageError when there is nothing to run, or nothing for one of the two.
        """
        models = sorted({variant.model for variant in variants})
        plan = Plan(
            name=f"{', '.join(models)} ({self.preset_name})",
            variants=tuple(PlannedVariant(variant, self.engine) for variant in variants),
            devices=tuple(device.id for device in devices),
            preset=self.preset,
            seed=self.seed,
        )
        return fitted(plan, devices)


def _next(choices: Sequence[_T], current: _T, by: int = 1) -> _T:
    return choices[(choices.index(current) + by) % len(choices)]
