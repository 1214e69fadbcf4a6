"""The budget of the command line, and how it is written in tables."""

import argparse

from labtui.core.budget import Basis, Budget, Judgement, budget, judge
from labtui.core.history import ResultRow


def budget_of(arguments: argparse.Namespace) -> Budget | None:
    """Return the budget of `--budget-ms` or `--fps`. Raises UsageError."""
    return budget(arguments.budget_ms, arguments.fps)


def judgement(result: ResultRow, limit: Budget) -> str:
    """Return how a result stands to the budget, and on what that rests."""
    judged = judge(result, limit)
    if judged.judgement is Judgement.UNKNOWN or judged.p90_ns is None:
        return "-"
    basis = "" if judged.basis is Basis.SUSTAINED else ", too short to be sustained"
    if judged.judgement is Judgement.WITHIN:
        return f"within{basis}"
    return f"{100 * (judged.p90_ns / limit.limit_ns - 1):.1f} % over{basis}"
