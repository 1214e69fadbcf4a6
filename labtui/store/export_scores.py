"""Rows of exports about outputs: what they were worth, and what was predicted."""

from collections.abc import Iterator

from labtui.core.accuracy import Golden, Tally
from labtui.core.history import Numerics, ScoreRow
from labtui.core.model import SessionUid
from labtui.ports import History
from labtui.store.export_columns import Cell
from labtui.store.export_prefix import launch_cells, of_launch_cells
from labtui.store.redact import Redact


def accuracies(history: History, session: SessionUid, redact: Redact) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each launch whose outputs were scored."""
    for row in history.scores([session]):
        health = row.score.health
        yield (
            *launch_cells(row, redact), row.affinity, row.xnnpack, *_eval_cells(row),
            *_tally_cells(row.score.tally), health.value,
            (Numerics.BROKEN if health.is_red else Numerics.OK).value,
            *_golden_cells(row.score.golden),
        )  # fmt: skip


def predictions(
    history: History, session: SessionUid, redact: Redact
) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each item that a launch evaluated."""
    for row in history.predictions([session]):
        prefix = (*of_launch_cells(row.scored, redact), *_eval_cells(row.scored))
        of_item = row.predictions
        columns = zip(of_item.predicted, of_item.label_rank, of_item.confidence, strict=True)
        for item, (predicted, rank, confidence) in enumerate(columns):
            yield (*prefix, item, predicted, rank, of_item.is_right(item), confidence)


def top1_cells(tally: Tally | None) -> tuple[Cell, ...]:
    """Return items, top-1 share and its interval; nothing where nothing was scored."""
    if tally is None:
        return (None,) * 4
    if not tally.items:
        return 0, None, None, None
    interval = tally.interval()
    return tally.items, tally.share, interval.low, interval.high


def top5_share(tally: Tally | None) -> float | None:
    """Return the top-5 accuracy of 1; None where nothing was scored."""
    return tally.top5 / tally.items if tally and tally.items else None


def _eval_cells(row: ScoreRow) -> tuple[Cell, ...]:
    return row.purpose.value, row.eval_set, row.score.eval_set


def _tally_cells(tally: Tally) -> tuple[Cell, ...]:
    _, *top1 = top1_cells(tally)
    top5 = tally.interval5()
    return tally.items, tally.top1, *top1, tally.top5, top5_share(tally), top5.low, top5.high


def _golden_cells(golden: Golden | None) -> tuple[Cell, ...]:
    if golden is None:
        return (None,) * 4
    return golden.items, golden.snr_db, golden.argmax_agrees, golden.cosine
