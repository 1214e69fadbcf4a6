"""What `labtui run` is asked for, by its options and its plan file together."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from labtui.cli.plan_files import DEMO, read_plan_file
from labtui.cli.run_options import engine_of, preset_of, tool_of
from labtui.cli.settings import Settings
from labtui.cli.variants import demo_variants, expand, load
from labtui.core.canary import with_canaries
from labtui.core.model import DeviceSnapshot, EngineOptions, Tool, Variant
from labtui.core.plan import Plan, PlannedVariant
from labtui.core.plan_file import PlanFile
from labtui.core.presets import Preset
from labtui.core.suitability import fitted
from labtui.errors import UsageError
from labtui.ports import ModelInspector


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A plan before its files were read and its devices found."""

    preset: Preset
    variants: tuple[tuple[Path, EngineOptions], ...]
    selectors: tuple[str, ...]
    name: str
    seed: int
    tags: tuple[str, ...]
    tool: Tool | None
    eval_folder: Path | None
    eval_items: int | None
    hygiene: bool
    canary: tuple[Path, ...]
    """Files of which each device takes the smallest that it can run; empty = no canary."""

    async def load(self, inspector: ModelInspector) -> tuple[PlannedVariant, ...]:
        """Look into the variants. Raises BadVariant for the first that cannot be used."""
        found = await load([path for path, _ in self.variants], inspector)
        engines = (engine for _, engine in self.variants)
        return tuple(map(PlannedVariant, found, engines))

    async def load_canary(self, inspector: ModelInspector) -> tuple[Variant, ...]:
        """Look into what may be the canary. Raises BadVariant."""
        return await load(self.canary, inspector)

    def plan(
        self,
        variants: tuple[PlannedVariant, ...],
        devices: tuple[DeviceSnapshot, ...],
        canary: tuple[Variant, ...],
    ) -> Plan:
        """Return the plan for devices. Raises UsageError for one that cannot be run."""
        plan = Plan(
            self.name or f"{self.preset.name} on {len(devices)}",
            variants,
            tuple(device.id for device in devices),
            self.preset,
            self.seed,
            self.tags,
            tool=self.tool,
            eval_items=self.eval_items,
            hygiene=self.hygiene,
        )
        plan = fitted(plan, devices)
        return with_canaries(plan, devices, canary) if self.canary else plan


def request_of(arguments: argparse.Namespace, settings: Settings) -> RunRequest:
    """Return what is asked for; options go before the plan file. Raises UsageError."""
    file = PlanFile() if arguments.plan is None else read_plan_file(arguments.plan)
    eval_folder = arguments.eval or (Path(file.eval_set) if file.eval_set else None)
    return RunRequest(
        preset=preset_of(arguments, file),
        variants=_variants(arguments, file, settings),
        selectors=tuple(arguments.device or file.devices),
        name=arguments.name or file.name or "",
        seed=(file.seed or 0) if arguments.seed is None else arguments.seed,
        tags=(*file.tags, *arguments.tag),
        tool=tool_of(arguments),
        eval_folder=eval_folder,
        eval_items=arguments.eval_items or file.eval_items,
        hygiene=bool(arguments.hygiene),
        canary=_canary(arguments.canary or file.canary),
    )


def _canary(named: str | None) -> tuple[Path, ...]:
    if named is None:
        return ()
    return demo_variants() if named == DEMO else expand([Path(named)])


def _variants(
    arguments: argparse.Namespace, file: PlanFile, settings: Settings
) -> tuple[tuple[Path, EngineOptions], ...]:
    named = expand([*arguments.paths, *arguments.variant])
    if file.variants and not named:
        return tuple((Path(one.file), engine_of(arguments, one)) for one in file.variants)
    if not named and settings.virtual:
        named = demo_variants()
    if not named:
        raise UsageError("Name at least one variant: labtui run model.int8.tflite …")
    return tuple((path, engine_of(arguments)) for path in named)
