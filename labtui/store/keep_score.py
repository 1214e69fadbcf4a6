"""What outputs were worth, as rows: eval sets, scores, predictions."""

import sqlite3

from labtui.core.accuracy import Golden, Predictions, Score, encode_predictions
from labtui.core.evalset import EvalSet
from labtui.core.model import LaunchUid
from labtui.store.launch_row import to_json

_INSERT_SCORE = """
    insert into score (launch_id, eval_set, items, top1, top1_low, top1_high, top5, top5_low,
        top5_high, health, golden_items, golden_snr_db, golden_agree, golden_cosine)
    values ((select id from launch where uid = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_PREDICTIONS = """
    insert into prediction (launch_id, n, items)
    values ((select id from launch where uid = ?), ?, ?)
"""


def keep_eval_set(connection: sqlite3.Connection, eval_set: EvalSet) -> None:
    """Insert what is known of an eval set, once."""
    connection.execute(
        "insert into eval_set (digest, name, task, count, classes, label_names, preparation,"
        " source, licence) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        (
            eval_set.digest, eval_set.name, eval_set.task, eval_set.count, eval_set.classes,
            to_json(eval_set.label_names), eval_set.preparation, eval_set.source, eval_set.licence,
        ),
    )  # fmt: skip


def keep_score(
    connection: sqlite3.Connection,
    launch: LaunchUid,
    score: Score,
    predictions: Predictions,
) -> None:
    """Insert what the outputs of a launch were worth."""
    tally = score.tally
    top1, top5 = tally.interval(), tally.interval5()
    connection.execute(
        _INSERT_SCORE,
        (
            launch, score.eval_set, tally.items, tally.top1, top1.low, top1.high, tally.top5,
            top5.low, top5.high, score.health, *_golden(score.golden),
        ),
    )  # fmt: skip
    if len(predictions):
        connection.execute(
            _INSERT_PREDICTIONS, (launch, len(predictions), encode_predictions(predictions))
        )


def _golden(golden: Golden | None) -> tuple[float | None, ...]:
    if golden is None:
        return (None,) * 4
    return golden.items, golden.snr_db, golden.argmax_agrees, golden.cosine
