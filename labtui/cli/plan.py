"""`labtui plan check`: everything that is wrong with a plan file, before a phone is touched."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from labtui.cli.eval_sets import scored_variants
from labtui.cli.output import print_document, print_table, say
from labtui.cli.plan_files import DEMO, read_plan_file
from labtui.cli.run_options import engine_of_file
from labtui.cli.settings import Settings
from labtui.core.plan import PlannedVariant
from labtui.core.plan_file import Mistake, PlanFile, PlanMistakes
from labtui.errors import BadVariant, UsageError
from labtui.ports import ModelInspector

_EXIT_MISTAKES = 2


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print each mistake with its line; exit 2 when there is one."""
    path: Path = arguments.file
    found = asyncio.run(_checked(path))
    if settings.as_json:
        print_document("plan_check", file=str(path), mistakes=found)
    elif found:
        rows = [(str(mistake.line or "-"), mistake.text) for mistake in found]
        print_table(("line#", "mistake"), rows, settings, title=str(path))
    else:
        say(f"{path} can be run.")
    return _EXIT_MISTAKES if found else 0


async def _checked(path: Path) -> tuple[Mistake, ...]:
    from labtui.adapters.models.inspector import ChildInspector  # noqa: PLC0415 (heavy)

    try:
        file = read_plan_file(path)
    except PlanMistakes as error:
        return error.mistakes
    found = [mistake async for mistake in _mistakes(file, ChildInspector())]
    return tuple(sorted(found, key=lambda mistake: mistake.line))


async def _mistakes(file: PlanFile, inspector: ModelInspector) -> AsyncIterator[Mistake]:
    """Yield what is wrong with the files that a plan names."""
    usable: list[PlannedVariant] = []
    for one in file.variants:
        try:
            variant = await inspector.inspect(Path(one.file))
            usable.append(PlannedVariant(variant, engine_of_file(one)))
        except (BadVariant, UsageError) as error:
            yield Mistake(one.line, str(error))
    if file.canary not in (None, DEMO):
        try:
            await inspector.inspect(Path(str(file.canary)))
        except BadVariant as error:
            yield Mistake(file.canary_line, str(error))
    if file.eval_set is not None:
        try:
            scored_variants(usable, Path(file.eval_set))
        except UsageError as error:
            yield Mistake(file.eval_line, str(error))
