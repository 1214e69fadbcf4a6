"""Jobs that a runner must refuse, each with the code that it must say."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labtui.conformance.desk import Desk
from labtui.core.protocol import RunnerError, Samples, encode_job
from labtui.failure import FailureCode

MISSING = object()
"""Stands for a field that is left out."""
Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A job as it should not be."""

    name: str
    text: str
    changes: Changes
    """Fields of a good job by their dotted names, and what they are instead."""
    code: FailureCode = FailureCode.BAD_JOB

    def look(self, desk: Desk) -> Iterator[str]:
        """Yield how it was taken other than refused with the code."""
        return refused(desk, changed(encode_job(desk.job()), self.changes), self.code)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A first line that is no job at all."""

    name: str
    text: str
    make: Callable[[bytes], bytes]
    """From the line of a good job."""
    code: FailureCode = FailureCode.BAD_JOB

    def look(self, desk: Desk) -> Iterator[str]:
        """Yield how it was taken other than refused with the code."""
        return refused(desk, self.make(encode_job(desk.job())), self.code)


def refused(desk: Desk, line: bytes, code: FailureCode) -> Iterator[str]:
    """Yield what is wrong with how a line was refused."""
    played = desk.play_line(line)
    if played.broken_rule:
        yield played.broken_rule
    last = played.last
    if not isinstance(last, RunnerError):
        yield f"it was not refused with {code}: {played.ending}"
        return
    if last.code is not code:
        yield f"it was refused with {last.code}, not {code}: {last.text}"
    if played.exit_code != 1:
        yield f"the exit code after an error is 1, but {played.ending}"
    if played.all(Samples) and code is not FailureCode.BAD_EVAL:
        yield "it was refused only after it had been measured"
    if not last.text:
        yield "the error has no text that says what to do"


def changed(line: bytes, changes: Changes) -> bytes:
    """Return a job line with other fields."""
    record = json.loads(line)
    for dotted, value in changes.items():
        *parents, key = dotted.split(".")
        place = record
        for parent in parents:
            place = place[parent]
        if value is MISSING:
            del place[key]
        else:
            place[key] = value
    return json.dumps(record).encode() + b"\n"
