"""Which eval sets a run uses: the one that was asked for, and those with reference outputs."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import dropwhile
from pathlib import Path

from labtui.core.evalset import EvalSet
from labtui.core.model import Variant
from labtui.core.plan import Plan, PlannedVariant
from labtui.errors import UsageError
from labtui.resources import demo_data

DEMO_SET = "pairs100"
SUFFIX = ".evalset"


def with_eval_sets(plan: Plan, folder: Path | None) -> Plan:
    """Return a plan whose variants are checked where that can be, and scored on a set if given.

    Reference outputs are looked for in the set that was asked for, then in the demo set for demo
    variants, then in `<model>.evalset` beside the variant. Raises UsageError for a set that cannot
    be used. A tool cannot run any: its plan is returned as it is, unless a set was asked for.
    """
    if folder is None and plan.tool is not None:
        return plan
    planned, eval_sets = scored_variants(plan.variants, folder)
    return replace(plan, variants=planned, eval_sets=eval_sets)


def scored_variants(
    variants: Iterable[PlannedVariant], folder: Path | None
) -> tuple[tuple[PlannedVariant, ...], tuple[EvalSet, ...]]:
    """Return the variants with the numbers of their eval sets, and these.

    Raises UsageError for a set that cannot be used.
    """
    sets = _Sets()
    asked = None if folder is None else sets.open(folder)
    planned = tuple(_planned(one, asked, sets) for one in variants)
    return planned, tuple(sets.opened)


def verify_eval_sets(plan: Plan) -> None:
    """Raise UsageError when a set is gone or is not the one that the plan was made for."""
    from labtui.adapters.scoring.folder import EvalFolder  # noqa: PLC0415 (heavy)

    for eval_set in plan.eval_sets:
        EvalFolder(eval_set).verify()


class _Sets:
    """Eval sets by the number under which a plan knows them."""

    def __init__(self) -> None:
        self.opened: list[EvalSet] = []

    def open(self, folder: Path) -> int:
        """Return the number of the set in a folder, verified once. Raises UsageError."""
        from labtui.adapters.scoring.folder import EvalFolder  # noqa: PLC0415 (heavy)

        known = [eval_set.folder for eval_set in self.opened]
        if str(folder.absolute()) in known:
            return known.index(str(folder.absolute()))
        self.opened.append(EvalFolder.open(folder).eval_set)
        return len(self.opened) - 1


def _planned(planned: PlannedVariant, asked: int | None, sets: _Sets) -> PlannedVariant:
    if asked is not None and not _fits(sets.opened[asked], planned.variant):
        raise UsageError(
            f"The items of {sets.opened[asked].name} are no inputs of {planned.variant.name}: "
            "leave the variant out, or make an eval set of its input size."
        )
    return replace(planned, check=_check(planned.variant, asked, sets), evaluate=asked)


def _check(variant: Variant, asked: int | None, sets: _Sets) -> int | None:
    """Return the number of the first set with reference outputs of a variant's model."""
    if asked is not None and _can_check(sets.opened[asked], variant):
        return asked
    for folder in _folders(variant):
        number = sets.open(folder)
        if _can_check(sets.opened[number], variant):
            return number
    return None


def _folders(variant: Variant) -> Iterable[Path]:
    path = Path(variant.path)
    if path.parent == demo_data() / "variants":
        return [demo_data() / DEMO_SET]
    beside = path.parent / f"{variant.model}{SUFFIX}"
    return [beside] if beside.is_dir() else []


def _can_check(eval_set: EvalSet, variant: Variant) -> bool:
    golden = eval_set.golden
    return golden is not None and variant.model in golden.models and _fits(eval_set, variant)


def _fits(eval_set: EvalSet, variant: Variant) -> bool:
    """Whether items are inputs of a variant, as far as these are known."""
    if not variant.inputs:
        return True
    return len(variant.inputs) == 1 and _core(variant.inputs[0].shape) == _core(eval_set.shape)


def _core(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the axes of length 1 at its start."""
    return tuple(dropwhile(lambda length: length == 1, shape))
