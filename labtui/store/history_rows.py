"""Rows of the database -> rows of the history."""

import json
import sqlite3
from dataclasses import fields
from typing import Any

from labtui.core.accuracy import Golden, Health, Score, Tally
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow, Numerics, OpTimeRow, ResultRow, ScoreRow, SessionRow
from labtui.core.model import Digest, LaunchUid, VariantFormat
from labtui.core.placement import Coverage, OpTime
from labtui.core.plan import Purpose
from labtui.core.protocol import Aggregate
from labtui.core.stats import LaunchSummary
from labtui.failure import FailureCode


def session_row(row: sqlite3.Row) -> SessionRow:
    """Return a session of a list."""
    return SessionRow(
        **_pick(SessionRow, row)
        | {
            "outcome": Outcome(row["outcome"]),
            "is_virtual": bool(row["is_virtual"]),
            "is_imported": bool(row["is_imported"]),
            "tags": tuple(sorted(json.loads(row["tags"]))),
        }
    )


def result_row(row: sqlite3.Row) -> ResultRow:
    """Return a row of the view `result`."""
    own = {
        "is_aggregate": bool(row["is_aggregate"]),
        "format": _format(row["format"]),
        "input_shape": tuple(json.loads(row["input_shape"] or "[]")),
        "numerics": Numerics(row["numerics"]),
        "eval_set": row["eval_set_name"] or "",
        "tally": None if row["eval_items"] is None else _tally(row, row["eval_items"]),
    }
    return ResultRow(**_pick(ResultRow, row) | _shared(row) | own)


def launch_row(row: sqlite3.Row) -> LaunchRow:
    """Return a row of the view `launch_summary`."""
    has_summary = row["count"] is not None
    own = {
        "index": row["position"],
        "outcome": Outcome(row["outcome"]),
        "summary": LaunchSummary(**_pick(LaunchSummary, row)) if has_summary else None,
        "aggregate": _aggregate(row) if row["is_aggregate"] else None,
        "settings": tuple(sorted(json.loads(row["settings"]))),
    }
    return LaunchRow(**_pick(LaunchRow, row) | _shared(row) | own)


def score_row(row: sqlite3.Row) -> ScoreRow:
    """Return a row of the view `accuracy`."""
    score = Score(
        Digest(row["eval_set"]), _tally(row, row["items"]), _golden(row), _health(row["health"])
    )
    own = {
        "is_virtual": bool(row["is_virtual"]),
        "placement": row["accelerator_used"],
        "xnnpack": bool(row["xnnpack"]),
        "purpose": Purpose(row["purpose"]),
        "eval_set": row["eval_set_name"],
        "score": score,
    }
    return ScoreRow(**_pick(ScoreRow, row) | own)


def _format(text: str) -> VariantFormat | None:
    return VariantFormat(text) if text in set(VariantFormat) else None


def _tally(row: sqlite3.Row, items: int) -> Tally:
    return Tally(items, row["top1"], row["top5"])


def _golden(row: sqlite3.Row) -> Golden | None:
    if row["golden_items"] is None:
        return None
    return Golden(
        row["golden_items"], row["golden_snr_db"], row["golden_agree"], row["golden_cosine"]
    )


def _health(text: str) -> Health:
    """Return what was found wrong; what only another version of labtui knows is as red."""
    return Health(text) if text in set(Health) else Health.UNLIKE_REFERENCE


def op_time_row(row: sqlite3.Row) -> OpTimeRow:
    """Return an op of a profiling pass."""
    op = OpTime(**_pick(OpTime, row))
    return OpTimeRow(LaunchUid(row["launch"]), row["position"], op, row["share"])


def _shared(row: sqlite3.Row) -> dict[str, Any]:
    """Return what results and launches both have, of types that SQL has not."""
    return {
        "is_virtual": bool(row["is_virtual"]),
        "is_imported": bool(row["is_imported"]),
        "was_throttled": None if row["was_throttled"] is None else bool(row["was_throttled"]),
        "code": _code(row["error_code"]),
        "coverage": Coverage(row["coverage"]),
        "placement": row["accelerator_used"],
        "xnnpack": bool(row["xnnpack"]),
        "alarms": tuple(json.loads(row["alarms"])),
    }


def _code(text: str | None) -> FailureCode | None:
    """Return a cause; one that only another version of labtui knows is internal."""
    if text is None:
        return None
    return FailureCode(text) if text in set(FailureCode) else FailureCode.INTERNAL


def _aggregate(row: sqlite3.Row) -> Aggregate:
    columns = {f.name: f"aggregate_{f.name}" for f in fields(Aggregate)}
    figures = {name: row[column] for name, column in columns.items()}
    return Aggregate(**figures | {"runs": row["aggregate_runs"] or 0})


def _pick(kind: type[Any], row: sqlite3.Row) -> dict[str, Any]:
    """Return the fields of a row type that a row has under the same name."""
    columns = dict(zip(row.keys(), row, strict=True))  # a Row looks names up one by one
    return {name: columns[name] for name in kind.__match_args__ if name in columns}
