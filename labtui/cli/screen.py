"""`labtui` without a command: the dashboard."""

import argparse
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.settings import Settings
from labtui.cli.variants import demo_variants, expand
from labtui.core.model import SessionUid
from labtui.errors import UsageError
from labtui.ports import History

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
    startup = Startup(
        open=lambda: _services(settings),
        variant_paths=_variants(arguments, settings),
        is_virtual=settings.virtual is not None,
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


@asynccontextmanager
async def _services(settings: Settings) -> "AsyncIterator[Services]":
    from labtui.cli.compose import open_bench  # noqa: PLC0415 (after the first paint)
    from labtui.tui.services import Services  # noqa: PLC0415

    async with open_bench(settings) as bench:
        yield Services(
            bus=bench.devices.bus,
            bench=bench.service(),
            history=bench.history,
            inspector=bench.inspector,
            recorder=bench.recorder,
            export=lambda session, folder: _export(bench.history, session, folder),
        )


def _export(history: History, session: SessionUid, folder: Path) -> Path:
    """Write the results and samples of a session as CSV into `folder`; return where they are."""
    from labtui.store.export import ExportRequest, Format, export_to_file  # noqa: PLC0415 (heavy)
    from labtui.store.export_rows import Level  # noqa: PLC0415

    target = folder / f"labtui-{session}"
    target.mkdir(parents=True, exist_ok=True)
    for level in Level:
        request = ExportRequest(level, Format.CSV, (session,))
        export_to_file(history, request, target / f"{level.value}.csv")
    return target
