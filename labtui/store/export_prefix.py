"""What every row of an export says of the launch that it belongs to."""

from labtui.core.history import LaunchRow, ScoreRow
from labtui.store.export_columns import Cell
from labtui.store.redact import Redact


def launch_cells(row: LaunchRow | ScoreRow, redact: Redact) -> tuple[Cell, ...]:
    """Return the columns `LAUNCH`."""
    return (
        row.session, row.launch, redact(row.device, row.device),
        redact(row.device_name, row.device), row.soc, row.os_version, row.build, row.is_virtual,
        row.model, row.recipe, row.digest, row.engine, row.runner, row.accelerator_asked,
        row.placement, row.threads,
    )  # fmt: skip


def of_launch_cells(row: LaunchRow | ScoreRow, redact: Redact) -> tuple[Cell, ...]:
    """Return the columns `OF_LAUNCH`."""
    return (
        row.session, row.launch, redact(row.device, row.device),
        redact(row.device_name, row.device), row.os_version, row.build, row.is_virtual, row.model,
        row.recipe, row.engine, row.accelerator_asked, row.threads,
    )  # fmt: skip
