"""Carries out checks on a runner."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from labtui.conformance.check import Check, Checked, Result
from labtui.conformance.desk import Desk, Skipped, Violated

MAX_VIOLATIONS = 20


def carry_out(
    checks: Iterable[Check], command: Sequence[str], models: Path, folder: Path
) -> Iterator[Checked]:
    """Yield each check once it has been made.

    `models` holds the models to play with, `folder` is scratch. Raises CannotStart when there is
    no such command.
    """
    desk = Desk(command, models, folder)
    for check in checks:
        started_s = time.monotonic()
        result, violations, reason = _outcome(check, desk)
        seconds = time.monotonic() - started_s
        yield Checked(check.name, check.text, result, violations, reason, seconds)


def _outcome(check: Check, desk: Desk) -> tuple[Result, tuple[str, ...], str]:
    violations: list[str] = []
    try:
        violations.extend(islice(check.look(desk), MAX_VIOLATIONS))
    except Skipped as skipped:
        return Result.SKIPPED, (), str(skipped)
    except Violated as violated:
        violations.append(str(violated))
    return (Result.FAILED if violations else Result.PASSED), tuple(violations), ""
