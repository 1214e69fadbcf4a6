"""Reading a plan file; what is wrong with it is told all at once, each with its line."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labtui.core.plan_file.fields import EXCLUSIVE, LISTED, ORDERED, TABLES
from labtui.core.plan_file.lines import Place, find_lines
from labtui.core.text import clean
from labtui.errors import UsageError

MAX_BYTES = 1 << 20
_WHERE = re.compile(r"^(?P<text>.*) \(at line (?P<line>\d+), column \d+\)$", re.DOTALL)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong."""

    line: int
    """From 1; 0 = the file as a whole."""
    text: str


class PlanMistakes(UsageError):
    """The plan file cannot be used."""

    def __init__(self, mistakes: tuple[Mistake, ...], source: str = "") -> None:
        where = (f"line {m.line}: {m.text}" if m.line else m.text for m in mistakes)
        prefix = f"{source}, " if source else ""
        super().__init__("\n".join(f"{prefix}{text}" for text in where))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A variant as the file names it; None = the usual."""

    file: str
    accelerator: str | None = None
    threads: int | None = None
    affinity: str | None = None
    xnnpack: bool | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Until:
    """When a plan has measured enough; None = the usual."""

    until: str | None = None
    margin: float | None = None
    max_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan file says, checked, and in its own words."""

    variants: tuple[PlannedFile, ...] = ()
    name: str | None = None
    preset: str | None = None
    seed: int | None = None
    tags: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    warmup: Record | None = None
    """What differs from the preset, by `WarmUp`'s names."""
    protocol: Record | None = None
    """What differs from the preset, by `Preset`'s names, and `runs` or `seconds`."""
    gates: Record | None = None
    """What differs from the preset, by `Gates`' names."""
    stop: Until = Until()
    canary: str | None = None
    """A path, or `demo`."""
    canary_line: int = 0
    eval_set: str | None = None
    eval_items: int | None = None
    eval_line: int = 0


def parse_plan_file(text: str, *, needs_variants: bool = True) -> PlanFile:
    """Return what a plan file says. Raises PlanMistakes, a UsageError that names all of them."""
    if len(text) > MAX_BYTES:
        raise PlanMistakes((Mistake(0, "this is too long for a plan: is it the right file?"),))
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PlanMistakes((_syntax(str(error)),)) from error
    lines = find_lines(text)
    mistakes = [*_mistakes(document, lines)]
    if needs_variants and not document.get("variant"):
        mistakes.append(Mistake(0, "the plan has no [[variant]]: name at least one, with its file"))
    if mistakes:
        raise PlanMistakes(tuple(sorted(mistakes, key=lambda mistake: mistake.line)))
    return _built(document, lines)


def _syntax(message: str) -> Mistake:
    match = _WHERE.match(message)
    text, line = (match["text"], int(match["line"])) if match else (message, 0)
    return Mistake(line, f"this is no TOML: {clean(text, 200)}")


def _mistakes(document: Record, lines: Mapping[Place, int]) -> Iterator[Mistake]:
    for name, value in document.items():
        if name not in TABLES:
            known = _nearest(name, [f"[{table}]" for table in TABLES])
            yield Mistake(_line(lines, (name,)), f"there is no [{clean(name, 60)}]{known}")
            continue
        is_list = isinstance(value, list)
        if is_list is not (name in LISTED) or not (is_list or isinstance(value, dict)):
            wanted = f"[[{name}]]" if name in LISTED else f"[{name}]"
            yield Mistake(_line(lines, (name,)), f"this has to be a table, {wanted}")
            continue
        tables = enumerate(value) if is_list else [(None, value)]
        for index, table in tables:
            place = (name,) if index is None else (name, str(index))
            yield from _in_table(name, table, place, lines)


def _in_table(
    name: str, table: object, place: Place, lines: Mapping[Place, int]
) -> Iterator[Mistake]:
    fields = TABLES[name]
    if not isinstance(table, dict):
        yield Mistake(_line(lines, place), f"this has to be a table, [[{name}]]")
        return
    for key, value in table.items():
        line = _line(lines, (*place, key))
        if key not in fields:
            yield Mistake(line, f"[{name}] has no {clean(key, 60)!r}{_nearest(key, list(fields))}")
        elif not fields[key].accepts(value):
            yield Mistake(line, f"{key} takes {fields[key].takes}, not {_shown(value)}")
    for key, field in fields.items():
        if field.is_needed and key not in table:
            yield Mistake(_line(lines, place), f"[{name}] needs {key} = {field.takes}")
    yield from _relations(name, table, place, lines)


def _relations(
    name: str, table: Record, place: Place, lines: Mapping[Place, int]
) -> Iterator[Mistake]:
    for owner, one, other in EXCLUSIVE:
        if owner == name and one in table and other in table:
            line = _line(lines, (*place, other))
            yield Mistake(line, f"{one} and {other} exclude each other: give one")
    for owner, low, high in ORDERED:
        if owner == name and _is_less(table.get(high), table.get(low)):
            line = _line(lines, (*place, high))
            yield Mistake(line, f"{high} is less than {low}")


def _is_less(value: object, other: object) -> bool:
    return isinstance(value, int | float) and isinstance(other, int | float) and value < other


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """Return the line of a key, or of the nearest table around it."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def _nearest(name: str, known: list[str]) -> str:
    found = difflib.get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {found[0]}?" if found else f"; there are {', '.join(known)}"


def _shown(value: object) -> str:
    return clean(repr(value), 40)


def _built(document: Record, lines: Mapping[Place, int]) -> PlanFile:
    plan, evaluation = document.get("plan", {}), document.get("eval", {})
    variants = tuple(
        PlannedFile(**variant, line=_line(lines, ("variant", str(index))))
        for index, variant in enumerate(document.get("variant", ()))
    )
    return PlanFile(
        variants,
        name=plan.get("name"),
        preset=plan.get("preset"),
        seed=plan.get("seed"),
        tags=tuple(plan.get("tags", ())),
        devices=tuple(plan.get("devices", ())),
        warmup=document.get("warmup"),
        protocol=document.get("protocol"),
        gates=document.get("gates"),
        stop=Until(**document.get("stop", {})),
        canary=plan.get("canary"),
        canary_line=_line(lines, ("plan", "canary")),
        eval_set=evaluation.get("set"),
        eval_items=evaluation.get("items"),
        eval_line=_line(lines, ("eval", "set")),
    )
