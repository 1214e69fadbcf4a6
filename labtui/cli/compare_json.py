"""Verdicts as one versioned document: every number with its conditions."""

import math
from collections.abc import Sequence
from typing import Any

from labtui.cli.output import plain, print_document
from labtui.core.compare.evidence import Evidence
from labtui.core.compare.standing import LEVEL, Standing, Stat
from labtui.core.compare.table import AccuracyDifference, Row
from labtui.core.compare.verdict import Comparison


def print_json(rows: Sequence[Row], margin: float, stat: Stat, *, forced: bool) -> None:
    """Print all rows; what is refused a number has none, unless it is asked for."""
    print_document(
        "comparison",
        margin=margin,
        stat=stat,
        confidence=1 - LEVEL,
        adjusted_for="the variants of a device (Holm)",
        rows=[_row(row, forced=forced) for row in rows],
    )


def _row(row: Row, *, forced: bool) -> dict[str, Any]:
    return {
        **_evidence(row.evidence),
        "verdict": row.word,
        "is_baseline": row.is_baseline,
        "baseline": None if row.baseline is None else _evidence(row.baseline),
        "reasons": row.refusals,
        "notes": row.notes,
        "comparison": _standing(row.standing) if row.standing and not row.refusals else None,
        "unpaired_ratio": row.unpaired_ratio if forced and row.refusals else None,
        "accuracy": _accuracy(row.accuracy),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "device": evidence.device,
        "device_name": evidence.device_name,
        "virtual": evidence.is_virtual,
        "imported": evidence.is_imported,
        "sessions": evidence.sessions,
        "variant": evidence.variant.name,
        **plain(evidence.variant),
        "size_bytes": evidence.size_bytes,
        "launches": len(evidence.launches),
        "launches_used": [launch.launch for launch in evidence.counted],
        "left_out": evidence.left_out,
        **{f"{stat}_ns": evidence.median_ns(stat) for stat in Stat},
        "drift_ratio": evidence.drift_ratio,
        "was_throttled": evidence.was_throttled,
        "accelerator_used": evidence.placement,
        "coverage": evidence.coverage,
        "numerics": evidence.numerics,
        "conditions": evidence.conditions,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "judged_by": standing.judged_by,
        "p_holm": standing.p_holm,
        "more_launches": standing.more_launches,
        "p50": _comparison(standing.p50),
        "p90": _comparison(standing.p90),
        "mean_ratio": standing.mean_ratio,
        "is_flip": standing.is_flip,
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    """Return a comparison; an interval without ends has None for them, as JSON has no infinity."""
    has_ends = math.isfinite(found.high)
    ends = {} if has_ends else {"low": None, "high": None}
    return {**plain(found), **ends}


def _accuracy(found: AccuracyDifference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    comparison = found.comparison
    return {
        "verdict": found.verdict,
        "p_holm": found.p_holm,
        "difference": comparison.difference,
        "low": comparison.interval.low,
        "high": comparison.interval.high,
        "p_value": comparison.p_value,
        "items": comparison.items,
        "lost": len(comparison.lost),
        "gained": len(comparison.gained),
        "agreement": comparison.agreement,
        "margin": comparison.margin,
        "more_items": comparison.more_items,
    }
