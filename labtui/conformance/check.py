"""What a check is, and how it came out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from labtui.conformance.desk import Desk


class Result(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the protocol."""

    name: str
    text: str
    """What is checked, in one sentence."""
    look: Callable[[Desk], Iterable[str]]
    """Yields violations; raises Violated or Skipped."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that has been made."""

    name: str
    text: str
    result: Result
    violations: tuple[str, ...]
    reason: str
    """Why it was skipped; empty when it was not."""
    seconds: float
