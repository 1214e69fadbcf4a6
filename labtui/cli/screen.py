"""`labtui` without a command: the dashboard."""

import argparse
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.budgets import budget_of
from labtui.cli.eval_sets import DEMO_SET, with_eval_sets
from labtui.cli.labels import read_labels
from labtui.cli.settings import Settings
from labtui.cli.variants import demo_variants, expand
from labtui.core.evalset import EvalSet
from labtui.core.model import SessionUid
from labtui.core.plan import Plan
from labtui.errors import UsageError
from labtui.ports import History
from labtui.resources import demo_data

if TYPE_CHECKING:
    from labtui.tui.services import Services


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open the dashboard. Raises UsageError where there is no terminal to open it on."""
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual reads the first, paints on the last
    if not all(stream.isatty() for stream in streams) or os.environ.get("TERM") == "dumb":
        raise UsageError(
            "The dashboard needs a terminal; use `labtui devices`, `labtui run`, `labtui history`."
        )
    from labtui.tui import app  # noqa: PLC0415 (heavy)
    from labtui.tui.services import Startup  # noqa: PLC0415

    if not settings.color:
        os.environ["NO_COLOR"] = "1"  # Textual's own switch
    folder: Path | None = arguments.eval
    startup = Startup(
        open=lambda: _services(settings),
        variant_paths=_variants(arguments, settings),
        is_virtual=settings.virtual is not None,
        limit=budget_of(arguments),
        eval_folder=folder.absolute() if folder else None,
        eval_items=arguments.eval_items,
        eval_folders=_eval_folders(folder, settings),
    )
    return app.run(
        startup,
        ascii_only=settings.ascii_only,
        mouse=settings.mouse and not getattr(arguments, "no_mouse", False),
        theme=getattr(arguments, "theme", None) or settings.theme,
    )


def _variants(arguments: argparse.Namespace, settings: Settings) -> tuple[Path, ...]:
    found = expand([*getattr(arguments, "paths", ()), *settings.variants])
    return found or (demo_variants() if settings.virtual else ())


def _eval_folders(asked: Path | None, settings: Settings) -> tuple[Path, ...]:
    """Return the eval sets to choose from: the one asked for, and the demo's for its variants."""
    demo = (demo_data() / DEMO_SET,) if settings.virtual else ()
    return tuple(dict.fromkeys((*((asked.absolute(),) if asked else ()), *demo)))


class _EvalSets:
    """Eval sets in folders, for the screen."""

    def assign(self, plan: Plan, folder: Path | None) -> Plan:
        """Return the plan with checks and evaluations. Raises UsageError."""
        return with_eval_sets(plan, folder)

    def labels(self, eval_set: EvalSet) -> tuple[int, ...]:
        """Return the labels of the items. Raises UsageError."""
        return read_labels(eval_set)


@asynccontextmanager
async def _services(settings: Settings) -> "AsyncIterator[Services]":
    from labtui.cli.compose import open_bench  # noqa: PLC0415 (after the first paint)
    from labtui.cli.rescue import rescuing  # noqa: PLC0415
    from labtui.tui.services import Services  # noqa: PLC0415

    async with open_bench(settings) as bench, rescuing(bench.devices, (), _tell_nobody):
        yield Services(
            bus=bench.devices.bus,
            bench=bench.service(),
            history=bench.history,
            inspector=bench.inspector,
            recorder=bench.recorder,
            eval_sets=_EvalSets(),
            export=lambda session, folder: _export(bench.history, session, folder),
        )


def _tell_nobody(_sentence: str) -> None:
    """Stay silent: whatever is printed would spoil the screen."""


def _export(history: History, session: SessionUid, folder: Path) -> Path:
    """Write all that a session measured as CSV into `folder`; return where they are."""
    from labtui.store.export import ExportRequest, Format, export_to_file  # noqa: PLC0415 (heavy)
    from labtui.store.export_columns import SESSION_LEVELS  # noqa: PLC0415

    target = folder / f"labtui-{session}"
    target.mkdir(parents=True, exist_ok=True)
    for level in SESSION_LEVELS:
        request = ExportRequest(level, Format.CSV, (session,))
        export_to_file(history, request, target / f"{level.value}.csv")
    return target
