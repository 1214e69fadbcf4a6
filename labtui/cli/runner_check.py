"""`labtui runner check`: whether a program keeps to the runner protocol."""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from labtui.cli.output import print_document, print_table, say
from labtui.cli.settings import Settings
from labtui.conformance.check import Check, Checked, Result
from labtui.conformance.child import CannotStart
from labtui.conformance.suite import carry_out
from labtui.conformance.table import CHECKS
from labtui.errors import UsageError
from labtui.resources import data

DONE, GATE_SAID_NO = 0, 1
_SHOWN = 3


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 1 when the runner fails a check."""
    checks = _chosen(arguments.check)
    if arguments.list:
        return _list(checks, settings)
    if not arguments.command:
        raise UsageError("Name the runner's command line: labtui runner check -- CMD…")
    results = _carried_out(checks, arguments.command, settings)
    if settings.as_json:
        print_document("runner_check", command=arguments.command, checks=results)
    else:
        _print(results, settings)
    return GATE_SAID_NO if any(c.result is Result.FAILED for c in results) else DONE


def _chosen(names: Sequence[str]) -> list[Check]:
    known = {check.name for check in CHECKS}
    if unknown := sorted(set(names) - known):
        raise UsageError(
            f"There is no check {', '.join(unknown)}: labtui runner check --list shows all."
        )
    return [check for check in CHECKS if not names or check.name in names]


def _list(checks: Iterable[Check], settings: Settings) -> int:
    if settings.as_json:
        listed = [{"name": check.name, "text": check.text} for check in checks]
        print_document("runner_checks", checks=listed)
    else:
        rows = [(check.name, check.text) for check in checks]
        print_table(("check", "the rule"), rows, settings)
    return DONE


def _carried_out(
    checks: Sequence[Check], command: Sequence[str], settings: Settings
) -> list[Checked]:
    results = []
    with tempfile.TemporaryDirectory(prefix="labtui-check-") as folder:
        try:
            for checked in carry_out(checks, command, data("runners") / "check", Path(folder)):
                results.append(checked)
                if settings.verbose:
                    say(f"{checked.result.value:8}{checked.name} {checked.seconds:.1f} s")
        except CannotStart as error:
            raise UsageError(f"The runner cannot be started: {error}.") from error
    return results


def _print(results: Sequence[Checked], settings: Settings) -> None:
    rows = [(c.result.value, c.name, c.text, _remark(c)) for c in results]
    print_table(("result", "check", "the rule", "what was found"), rows, settings)
    counted = {result: sum(c.result is result for c in results) for result in Result}
    say(", ".join(f"{count} {result.value}" for result, count in counted.items()))


def _remark(checked: Checked) -> str:
    more = len(checked.violations) - _SHOWN
    shown = "\n".join(checked.violations[:_SHOWN])
    return checked.reason or (f"{shown}\nand {more} more" if more > 0 else shown)
