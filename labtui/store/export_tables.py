"""Rows of exports that put several results together: sweeps and tiers."""

from collections.abc import Iterator, Mapping, Sequence

from labtui.core.budget import Budget
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import DeviceId, SessionUid
from labtui.core.sweeps import Point, Step, sweep_steps
from labtui.core.tiers import Candidate, TierRow, tier_table
from labtui.ports import History
from labtui.store.export_columns import Cell
from labtui.store.export_scores import top1_cells
from labtui.store.redact import Redact

_CHOICE_COLUMNS = 19


def sweeps(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each two neighbours in input size or batch."""
    for step in sweep_steps(history.results(session)):
        yield _step_cells(step, redact)


def _step_cells(step: Step, redact: Redact) -> tuple[Cell, ...]:
    row = step.larger.result
    return (
        row.session, redact(row.device, row.device), redact(row.device_name, row.device),
        row.is_virtual, row.is_imported, step.family, row.recipe, row.accelerator_asked,
        row.threads, row.affinity, row.xnnpack, step.axis.value, *_point_cells(step.smaller),
        *_point_cells(step.larger), step.ratio, step.is_fall_off, step.text,
    )  # fmt: skip


def _point_cells(point: Point) -> tuple[Cell, ...]:
    return (
        point.result.model, point.batch, point.height, point.width, point.p50_ns,
        point.ns_per_item, point.ns_per_pixel,
    )  # fmt: skip


def tiers(
    history: History,
    sessions: Sequence[SessionUid],
    redact: Redact,
    limit: Budget,
    classes: Mapping[str, str],
) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each class of devices and size of model, over all these sessions."""
    results = [row for session in sessions for row in history.results(session)]
    for row in tier_table(results, limit, classes):
        yield _tier_cells(row, redact, limit)


def _tier_cells(row: TierRow, redact: Redact, limit: Budget) -> tuple[Cell, ...]:
    devices = [redact(device, DeviceId(device)) for device in row.devices]
    name = row.device_class
    for device in row.devices:
        name = redact(name, DeviceId(device))
    return (
        name, row.is_virtual, " ".join(devices), row.tier.value, " ".join(row.families),
        limit.limit_ns, *_choice_cells(row.choice), row.reason,
    )  # fmt: skip


def _choice_cells(choice: Candidate | None) -> tuple[Cell, ...]:
    if choice is None:
        return (None,) * _CHOICE_COLUMNS
    row, scored = choice.results[0], choice.top1
    sessions = sorted({result.session for result in choice.results})
    return (
        row.model, row.recipe, row.format, row.digest, row.size_bytes, row.parameters,
        row.accelerator_asked, row.threads, row.affinity, row.xnnpack, choice.judged.p90_ns,
        choice.judged.basis.value, scored.eval_set if scored else None,
        *top1_cells(scored.tally if scored else None), _numerics(choice.results),
        " ".join(sessions),
    )  # fmt: skip


def _numerics(results: Sequence[ResultRow]) -> str:
    """Return the word for all devices: unchecked on one is unchecked."""
    is_checked = all(result.numerics is Numerics.OK for result in results)
    return (Numerics.OK if is_checked else Numerics.UNCHECKED).value
