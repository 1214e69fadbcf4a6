"""Which eval sets the next plan uses; opening them takes a while, beside the screen."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labtui.core.evalset import EvalSet
from labtui.core.model import Digest, Variant
from labtui.core.plan import Plan
from labtui.errors import LabtuiError, UsageError
from labtui.tui.services import EvalSets

ITEMS = (None, 100, 300, 500, 1_000, 3_000, 10_000)
"""How many items a variant is scored on; None = all."""

_Wish = tuple[tuple[Digest, ...], Path | None]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a wish: the eval sets, and for each variant the numbers of its own."""

    wish: _Wish
    eval_sets: tuple[EvalSet, ...] = ()
    checks: tuple[int | None, ...] = ()
    evaluates: tuple[int | None, ...] = ()
    error: str = ""
    """Why the set cannot be used with these variants."""


@dataclass(slots=True)
class EvalChoice:
    """The eval set to score on, how many of its items, and what is known of both."""

    folders: list[Path] = field(default_factory=list)
    """Those to choose from."""
    folder: Path | None = None
    items: int | None = None
    _answer: _Answer | None = None
    _asked: _Wish | None = None
    """What is being, or was last, read."""

    def step(self) -> None:
        """Take the next set; after the last one none."""
        choices = [None, *self.folders]
        self.folder = choices[(choices.index(self.folder) + 1) % len(choices)]

    def take(self, folder: Path) -> None:
        """Take a folder that was named."""
        if folder not in self.folders:
            self.folders.append(folder)
        self.folder = folder

    def step_items(self) -> None:
        """Take the next number of items."""
        at = ITEMS.index(self.items) if self.items in ITEMS else 0
        self.items = ITEMS[(at + 1) % len(ITEMS)]

    def is_ready(self, variants: Sequence[Variant]) -> bool:
        """Whether it is known what these variants are checked and scored with."""
        return self._answer is not None and self._answer.wish == self._wish(variants)

    def _wish(self, variants: Sequence[Variant]) -> _Wish:
        return tuple(variant.digest for variant in variants), self.folder

    def ask(self, variants: Sequence[Variant]) -> bool:
        """Note what is about to be read; return False when somebody reads it already."""
        wish = self._wish(variants)
        is_new, self._asked = wish != self._asked, wish
        return is_new

    async def prepare(self, plan: Plan, sets: EvalSets) -> None:
        """Find out what the variants of a plan are checked and scored with; `ask` comes first."""
        wish = self._wish([planned.variant for planned in plan.variants])
        answer = await asyncio.to_thread(_answer, plan, self.folder, sets, wish)
        if wish == self._asked:
            self._answer = answer

    async def completed(self, plan: Plan, sets: EvalSets) -> Plan:
        """Return the plan with checks and evaluations, once these are known. Raises UsageError."""
        variants = [planned.variant for planned in plan.variants]
        if not self.is_ready(variants):
            self.ask(variants)
            await self.prepare(plan, sets)
        return self.applied(plan)

    def applied(self, plan: Plan) -> Plan:
        """Return the plan with checks and evaluations.

        Raises UsageError while the sets are being read, and when the chosen one cannot be used.
        """
        answer = self._answer
        if answer is None or not self.is_ready([planned.variant for planned in plan.variants]):
            raise UsageError("The eval sets are still being read; try again in a moment.")
        if answer.error:
            raise UsageError(answer.error)
        known = zip(plan.variants, answer.checks, answer.evaluates, strict=True)
        variants = tuple(
            replace(planned, check=check, evaluate=evaluate) for planned, check, evaluate in known
        )
        items = self.items if self.folder is not None else None
        return replace(plan, variants=variants, eval_sets=answer.eval_sets, eval_items=items)


def _answer(plan: Plan, folder: Path | None, sets: EvalSets, wish: _Wish) -> _Answer:
    try:
        found = sets.assign(plan, folder)
    except LabtuiError as error:
        return _Answer(wish, error=str(error))
    checks = tuple(planned.check for planned in found.variants)
    evaluates = tuple(planned.evaluate for planned in found.variants)
    return _Answer(wish, found.eval_sets, checks, evaluates)
